/** What a failed schema means depends on where the value stood in the request. */
import type { Hook } from "@hono/zod-openapi";
import type { z } from "zod";
import { ProblemError } from "../problem-error.ts";

/** A body can be wrong in thousands of places; a person reads the first few. */
const maxReportedErrors = 50;
/** What is told of a field's name, characters. */
const maxFieldLength = 128;

interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Body: 422 `validation_failed`. Query: 400 `invalid_query`. A path parameter that nothing can be named by: 404. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the parameters of hono's own type for this hook
export const refuseInvalid: Hook<any, any, any, undefined> = (result) => {
  if (result.success) return undefined;
  if (result.target === "param") throw new ProblemError("not_found");
  throw result.target === "json" ? invalidBody(result.error) : new ProblemError("invalid_query", { errors: fieldErrors(result.error) });
};

/** 422 `validation_failed`, naming the fields. */
export const invalidBody = (error: z.ZodError): ProblemError => new ProblemError("validation_failed", { errors: fieldErrors(error) });

/**
 * One message for each field, the first that was found. Field names are paths with dots, `items.0.quantity`; a failure of
 * the body as a whole has the field `body`.
 */
export function fieldErrors(error: z.ZodError): FieldError[] {
  const byField = Map.groupBy(error.issues.flatMap(errorsOfIssue), ({ field }) => field);
  return [...byField.values()].flatMap((errors) => errors.slice(0, 1)).slice(0, maxReportedErrors);
}

function errorsOfIssue(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key]), message: "Not known here" }));
  return [{ field: fieldName(issue.path), message: messageOf(issue) }];
}

/** The schema's own words, but for those that speak of schemas and not of the request. */
function messageOf(issue: z.core.$ZodIssue): string {
  // JSON has no undefined: it is what is not there.
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) return "Is required";
  if (issue.code === "invalid_key") return `Not a name it can have here: ${issue.issues[0]?.message ?? "not valid"}`;
  if (issue.code === "invalid_format" && issue.message.startsWith("Invalid string: must match pattern"))
    return "Not of the form that it must have";
  return issue.message;
}

/** The client's own names are told in part only when they are longer than any of ours. */
function fieldName(path: readonly PropertyKey[]): string {
  const name = path.length === 0 ? "body" : path.map(String).join(".");
  return name.length <= maxFieldLength ? name : `${name.slice(0, maxFieldLength)}…`;
}
