/** What `/health` answers, and what one Worker says of itself over RPC. */
import { z } from "zod";
import { gremlinSchema } from "./chaos.ts";
import { timestampSchema } from "./primitives.ts";

export const dependencyHealthSchema = z.object({
  status: z.enum(["up", "down"]),
  latency_ms: z.number().min(0),
  detail: z.string().optional(),
});
export type DependencyHealth = z.infer<typeof dependencyHealthSchema>;

export const healthSchema = z
  .object({
    status: z.enum(["healthy", "degraded", "unhealthy"]).meta({
      description: "degraded: orders are taken, and something is down that will catch up. unhealthy (503): orders cannot be taken",
    }),
    service: z.string(),
    dependencies: z.record(z.string(), dependencyHealthSchema),
    timestamp: timestampSchema,
    chaos: z.array(gremlinSchema).optional().meta({
      description: "There only with CHAOS=on: nothing here is to be trusted. The gremlins that are loose",
    }),
  })
  .meta({ id: "Health" });
export type WireHealth = z.infer<typeof healthSchema>;
