/**
 * The X-Gremlin header: gremlins for one request alone.
 *
 *     header  = gremlin *( OWS "," OWS gremlin )              ; at most 8
 *     gremlin = service "=" kind [ ":" ms ] *( OWS ";" OWS name "=" value )
 *
 * `ms` belongs to latency, and must be there. The names are `operation`, `p` (probability), `seed` and `times`, each at most
 * once; services, kinds, operations and values are those of `POST /gremlin/<kind>`.
 * Example: `payment=drop-reply; operation=charge; p=0.5; seed=7, inventory=latency:500`.
 */
import type { z } from "zod";
import {
  chaosServices,
  delaySchema,
  findMisplaced,
  gremlinKinds,
  probabilitySchema,
  seedSchema,
  timesSchema,
  type ChaosService,
  type GremlinKind,
  type GremlinRule,
} from "../contracts/chaos.ts";

const maxGremlins = 8;
const head = /^(?<service>[a-z]+)=(?<kind>[a-z-]+)(?::(?<delay>[0-9]+))?$/;
const parameter = /^(?<name>[a-z]+)=(?<value>[a-z_.0-9-]+)$/;
const decimal = /^[0-9]+(\.[0-9]+)?$/;

export type ParsedGremlins =
  { readonly ok: true; readonly gremlins: readonly GremlinRule[] } | { readonly ok: false; readonly reason: string };

/** Reads the header's value. `reason` names what is wrong, for the person who wrote it. */
export function parseGremlins(header: string): ParsedGremlins {
  const texts = header.split(",");
  if (texts.length > maxGremlins) return { ok: false, reason: `More than ${maxGremlins} gremlins` };
  try {
    return { ok: true, gremlins: texts.map((text) => parseGremlin(text.trim())) };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, reason: error.message };
    throw error;
  }
}

/** Only inside of this module: the way out of the nested parsing. */
class Unreadable extends Error {}

function parseGremlin(text: string): GremlinRule {
  const [first = "", ...rest] = text.split(";").map((part) => part.trim());
  const { service, kind, delay } = head.exec(first)?.groups ?? {};
  if (service === undefined || kind === undefined) throw new Unreadable(`Not of the form service=kind: "${shorten(first)}"`);
  const parameters = parseParameters(rest);
  const rule: GremlinRule = {
    service: oneOf<ChaosService>(chaosServices, service, "service"),
    kind: oneOf<GremlinKind>(gremlinKinds, kind, "kind"),
    operation: parameters.get("operation") ?? null,
    delayMs: delay === undefined ? null : parseNumber(delaySchema, delay, "delay"),
    probability: optional(probabilitySchema, parameters, "p") ?? 1,
    seed: optional(seedSchema, parameters, "seed") ?? 0,
    times: optional(timesSchema, parameters, "times"),
  };
  if ((rule.kind === "latency") !== (rule.delayMs !== null)) throw new Unreadable("latency, and no other kind, takes its ms: latency:500");
  const misplaced = findMisplaced(rule);
  if (misplaced !== null) throw new Unreadable(`${misplaced.field}: ${misplaced.message}`);
  return rule;
}

const parameterNames = ["operation", "p", "seed", "times"] as const;

function parseParameters(texts: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const text of texts) {
    const { name, value } = parameter.exec(text)?.groups ?? {};
    if (name === undefined || value === undefined) throw new Unreadable(`Not of the form name=value: "${shorten(text)}"`);
    oneOf<string>(parameterNames, name, "parameter");
    if (parameters.has(name)) throw new Unreadable(`${name} is there twice`);
    parameters.set(name, value);
  }
  return parameters;
}

function oneOf<Name extends string>(names: readonly Name[], text: string, what: string): Name {
  const known = names.find((name) => name === text);
  if (known === undefined) throw new Unreadable(`No such ${what}: "${shorten(text)}"; one of ${names.join(", ")}`);
  return known;
}

function optional(schema: z.ZodType<number>, parameters: ReadonlyMap<string, string>, name: string): number | null {
  const text = parameters.get(name);
  return text === undefined ? null : parseNumber(schema, text, name);
}

function parseNumber(schema: z.ZodType<number>, text: string, what: string): number {
  const parsed = schema.safeParse(decimal.test(text) ? Number(text) : Number.NaN);
  if (!parsed.success) throw new Unreadable(`${what}: ${parsed.error.issues[0]?.message ?? "not a number"}`);
  return parsed.data;
}

const shorten = (text: string): string => text.slice(0, 60);
