/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { systemNames } from "./system.ts";

const integers = (min: number) =>
  z
    .string()
    .transform((text) => (text === "" ? [] : text.split(",").map(Number)))
    .pipe(z.array(z.int().min(min)));

const optionsSchema = z.object({
  quick: z.boolean().default(false),
  json: z.string().optional(),
  systems: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(systemNames)).min(1))
    .default([...systemNames]),
  placements: z.string().optional(),
  clients: integers(1).pipe(z.array(z.number()).min(1)).optional(),
  skus: integers(1).pipe(z.array(z.number()).min(1)).optional(),
  seconds: z.coerce.number().positive().optional(),
  rounds: z.coerce.number().int().min(1).default(3),
  shards: integers(1).optional(),
  open: integers(1).optional(),
  records: z.enum(["auto", "postgres", "pglite"]).default("auto"),
  hosts: integers(1).optional(),
  vars: z
    .string()
    .regex(/^[A-Z_]+=[^,]*(,[A-Z_]+=[^,]*)*$/)
    .optional(),
  dir: z.string().optional(),
  verbose: z.boolean().default(false),
});

type Given = z.infer<typeof optionsSchema>;

export interface Options extends Omit<Given, "clients" | "skus" | "seconds" | "shards" | "open" | "hosts" | "vars"> {
  readonly clients: readonly number[];
  readonly skus: readonly number[];
  readonly shards: readonly number[];
  readonly open: readonly number[];
  /** Vars of Holdfast, one set for each of its placements. */
  readonly holdfastVars: readonly Readonly<Record<string, string>>[];
  /** The measured window, ms, the warm-up before each, and the one after a start. */
  readonly measureMs: number;
  readonly warmUpMs: number;
  readonly firstWarmUpMs: number;
}

export const usage = `npm run bench -- [options]

  --quick              a run under 5 minutes: windows of 1.5 s, fewer scenarios, two shapes of the floor
  --json FILE          writes the figures there
  --systems A,B        ${systemNames.join(", ")} (all)
  --placements TEXT    only placements that contain one of these, separated by ";"
  --clients A,B        closed loop (1,32,128; quick: 1,32)
  --skus A,B           over so many SKUs; 1 is one hot SKU (100,1)
  --shards A,B         of one hot SKU, on holdfast (1,4,16; quick: none)
  --open A,B           open loop, orders/s (100,500,1000; quick: none)
  --seconds N          each measured window (10; quick: 1.5)
  --rounds N           each figure is their median (3)
  --records R          Holdfast's durable records: postgres, pglite, auto: PostgreSQL where it is installed (auto)
  --hosts A,B          Holdfast's ORDER_HOSTS, one placement each (its default)
  --vars A=B,C=D       laid over Holdfast's vars
  --dir DIR            where the state directories are made, on the disk to be measured (the system's temporary directory)
  --verbose            says what the systems say`;

/** @throws Error with what is wrong and the usage. */
export function readOptions(args: readonly string[]): Options {
  try {
    return withDefaults(optionsSchema.parse(parseValues(args)));
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${message}\n\n${usage}`, { cause: error });
  }
}

const switches: readonly string[] = ["quick", "verbose"];

function parseValues(args: readonly string[]): unknown {
  const names = Object.keys(optionsSchema.shape);
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: switches.includes(name) ? "boolean" : "string" }] as const)),
  });
  return values;
}

function withDefaults({ clients, skus, seconds, shards, open, hosts, vars, ...given }: Given): Options {
  const { quick } = given;
  return {
    ...given,
    clients: clients ?? (quick ? [1, 32] : [1, 32, 128]),
    skus: skus ?? [100, 1],
    shards: shards ?? (quick ? [] : [1, 4, 16]),
    holdfastVars: (hosts ?? [undefined]).map((count) => ({
      ...readVars(vars),
      ...(count === undefined ? {} : { ORDER_HOSTS: String(count) }),
    })),
    open: open ?? (quick ? [] : [100, 500, 1_000]),
    measureMs: (seconds ?? (quick ? 1.5 : 10)) * 1_000,
    warmUpMs: quick ? 500 : 2_000,
    firstWarmUpMs: quick ? 2_000 : 5_000,
  };
}

/** @param text `A=B,C=D` */
const readVars = (text: string | undefined): Record<string, string> =>
  Object.fromEntries((text?.split(",") ?? []).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
