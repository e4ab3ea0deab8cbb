/** The command line of `npm run soak`. */
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Options } from "../options.ts";

const positive = (fallback: number) => z.coerce.number().positive().default(fallback);

const soakSchema = z.object({
  minutes: positive(60),
  rate: z.coerce.number().positive().optional(),
  json: z.string().optional(),
  "bound-kb": positive(0.5),
  "noise-mb": positive(64),
  "sample-seconds": positive(10),
  system: z.enum(["holdfast", "floor"]).default("holdfast"),
  records: z.enum(["auto", "postgres", "pglite"]).default("auto"),
  dir: z.string().optional(),
});
export type SoakOptions = z.infer<typeof soakSchema> & Pick<Options, "records">;

export const usage = `npm run soak -- [options]

  --minutes N          of load (60)
  --rate N             orders/s, open loop (half of what 32 clients reach in a closed loop at the start)
  --json FILE          writes the samples and the slopes there
  --bound-kb N         what an order may leave in memory for good, KB (0.5). An order that is kept in memory is 2 KB or more. The page caches
                       of the objects' databases (at most 2 MB each) fill up meanwhile: a few of Holdfast's, 164 of the floor's.
  --noise-mb N         by how much a collected heap may differ between two moments, MB (64); spread over the orders of the run
  --sample-seconds N   between two samples (10; a run of a few minutes takes at least 30 samples)
  --system S           holdfast; or floor, to see what the runtime itself does under the same load (holdfast)
  --records R          Holdfast's durable records: postgres, pglite, auto (auto)
  --dir DIR            where the state is made (the system's temporary directory)`;

/** @throws Error with what is wrong and the usage. */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  try {
    const names = Object.keys(soakSchema.shape);
    const options = Object.fromEntries(names.map((name) => [name, { type: "string" }] as const));
    return soakSchema.parse(parseArgs({ args: [...args], options }).values);
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${message}\n\n${usage}`, { cause: error });
  }
}
