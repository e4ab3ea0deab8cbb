/** The command line of `npm run prove:kill`. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { targets } from "./plan-kills.ts";

const number = (fallback: number, min: number) => z.coerce.number().int().min(min).default(fallback);

const optionsSchema = z.object({
  kills: number(200, 1),
  seed: number(1, 0),
  target: z.enum(["all", ...targets]).default("all"),
  payment: z.enum(["simulated", "stripe"]).default("stripe"),
  stores: z.enum(["auto", "embedded", "servers"]).default("auto"),
  placement: z.enum(["pooled", "per-order"]).default("pooled"),
  clients: number(16, 1),
  "settle-seconds": number(900, 1),
  "max-minutes": number(120, 1),
  json: z.string().optional(),
  "keep-going": z.boolean().default(false),
});
export type Options = z.infer<typeof optionsSchema>;

export const usage = `npm run prove:kill -- [options]

  --kills N            how many kills (200)
  --seed N             draws the load, the targets and the moments (1)
  --target T           all, ${targets.join(", ")} (all)
  --payment P          stripe: the Stripe-shaped server with its own ledger; simulated: no ledger (stripe)
  --stores S           servers: a PostgreSQL and a Redis of its own; embedded; auto: servers where they are installed (auto)
  --placement P        pooled, or per-order: one object for each order (pooled)
  --clients N          that ask at the same time (16)
  --settle-seconds N   how long everything may take to settle after the last kill (900)
  --max-minutes N      no kill is begun after this (120)
  --json FILE          writes the totals there
  --keep-going         goes on after a violation`;

/** @throws Error with what is wrong and the usage. */
export function readOptions(args: readonly string[]): Options {
  try {
    const names = Object.keys(optionsSchema.shape);
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(names.map((name) => [name, { type: name === "keep-going" ? "boolean" : "string" }] as const)),
    });
    return optionsSchema.parse(values);
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${message}\n\n${usage}`, { cause: error });
  }
}
