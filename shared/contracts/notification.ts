/** Notifications on the wire: what the notifications Worker is asked to send, and what it answers. */
import { z } from "zod";
import { timestampSchema } from "./primitives.ts";

/** One line: what becomes a header of a mail must not be able to end it. */
const lineSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, "no control characters");

export const notifyBodySchema = z
  .strictObject({
    recipient: lineSchema.meta({ description: "Who is told: a principal's id or an address", example: "customer@example.com" }),
    subject: lineSchema,
    message: z.string().min(1).max(10_000),
    order_id: z.string().max(64).optional(),
  })
  .meta({ id: "Notify" });

export const notificationSchema = z
  .object({
    id: z.string().meta({ description: "The id of the event it tells of, or of the request that sent it by hand" }),
    kind: z.string().meta({ example: "order.confirmed" }),
    recipient: z.string(),
    subject: z.string(),
    message: z.string(),
    order_id: z.string().nullable(),
    sent_at: timestampSchema,
  })
  .meta({ id: "Notification" });
export type WireNotification = z.infer<typeof notificationSchema>;
