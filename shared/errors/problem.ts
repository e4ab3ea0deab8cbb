/** RFC 9457 problem documents, as plain data. Only the gateway turns them into responses. */
import { z } from "zod";
import { failedLineSchema } from "../contracts/order.ts";
import { problems, problemType, type ProblemCode } from "./codes.ts";

const codes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(codes),
    request_id: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "The failing fields" }),
    order_id: z.string().optional(),
    lines: z.array(failedLineSchema).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problemSchema>;

/** What a thrower or a mapper knows beside the code. */
export type ProblemExtras = Partial<Pick<Problem, "detail" | "errors" | "order_id" | "lines">>;

/** Builds the document; the status, title and type come from the one table. */
export function problemDocument(code: ProblemCode, requestId: string, extras: ProblemExtras = {}): Problem {
  const { status, title } = problems[code];
  return { type: problemType(code), title, status, ...extras, code, request_id: requestId };
}
