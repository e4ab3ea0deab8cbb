/** JSON can say what Postgres cannot keep and what JavaScript loses on the way. Such a body is refused, never changed. */
import { ProblemError } from "./problem-error.ts";

/**
 * @param text What the body was parsed from.
 * @throws ProblemError `validation_failed` naming each text with U+0000 or a lone surrogate (no valid Unicode, and no text for
 *   Postgres), and each member called `__proto__` (which objects do not keep).
 */
export function refuseUnstorable(body: unknown, text: string): void {
  // Raw, neither can be in JSON that is UTF-8: only an escape can say them. Nearly all bodies have none.
  if (!text.includes("\\u") && !text.includes("__proto__")) return;
  const errors = [...findUnstorable(body, "")];
  if (errors.length > 0) throw new ProblemError("validation_failed", { errors });
}

interface FieldError {
  readonly field: string;
  readonly message: string;
}

function* findUnstorable(value: unknown, field: string): Generator<FieldError> {
  if (typeof value === "string" && !isStorable(value)) yield { field, message: "Contains U+0000 or half of a surrogate pair" };
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const path = field === "" ? name : `${field}.${name}`;
    if (name === "__proto__") yield { field: path, message: "Not a name a member can have" };
    else if (!isStorable(name)) yield { field, message: "Has a member whose name contains U+0000 or half of a surrogate pair" };
    else yield* findUnstorable(member, path);
  }
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");
