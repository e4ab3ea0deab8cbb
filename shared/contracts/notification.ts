/** Notifications on the wire: what the notifications Worker is asked to send, and what it answers. */
import { z } from "zod";
import { timestampSchema } from "./primitives.ts";

export const notifyBodySchema = z
  .strictObject({
    recipient: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: "Who is told: a principal's id or an address", example: "customer@example.com" }),
    subject: z.string().min(1).max(200),
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
