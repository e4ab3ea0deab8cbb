/** The CloudEvents 1.0 envelope that every event travels in. Immutable once written. */
import { z } from "zod";
import { timestampSchema } from "../contracts/primitives.ts";

/** The envelope around one type's data. `correlationid`, `causationid` and `requestid` are extension attributes. */
export function eventSchema<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return z.object({
    specversion: z.literal("1.0"),
    id: z.uuid(),
    type: z.literal(type),
    source: z.string(),
    subject: z.string(),
    time: timestampSchema,
    datacontenttype: z.literal("application/json"),
    correlationid: z.string(),
    causationid: z.string(),
    requestid: z.string(),
    data,
  });
}
