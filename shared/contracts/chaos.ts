/** Gremlins: faults that an operator lets loose on purpose. Only with CHAOS=on, which production refuses. */
import { z } from "zod";

/**
 * `latency`: slower. `error`: refused before anything is done. `timeout`: nothing is done and nothing is ever answered.
 * `drop-reply`: done, and the caller is told that it failed. `duplicate`: done twice, the second answer counts.
 * `drop`: the caller is told that it was sent, and it is lost; queues only.
 */
export const gremlinKinds = ["latency", "error", "timeout", "drop-reply", "duplicate", "drop"] as const;
export type GremlinKind = (typeof gremlinKinds)[number];

/** What can be disturbed, and which of its calls; they are disturbed where they are made, so what is called need not know. */
export const chaosOperations = {
  /** The stock actors, as orders call them. `sale` turns a hold into a sale. */
  inventory: ["reserve", "release", "sale", "restock"],
  /** The payment Worker, as orders call it. */
  payment: ["charge", "look_up", "void", "refund"],
  /** Postgres: one call for a query or a batch. */
  database: ["query"],
  /** Redis. */
  cache: ["read", "write", "ping"],
  /** What actors send, by the queue's name. */
  queues: ["order-events", "notifications"],
} as const satisfies Record<string, readonly string[]>;
export type ChaosService = keyof typeof chaosOperations;

export const chaosServices = Object.keys(chaosOperations) as readonly ChaosService[] as readonly [ChaosService, ...ChaosService[]];

/** The longest latency, ms. Whoever waits has a deadline below it. */
export const maxDelayMs = 60_000;
/** The greatest seed: 32 bits. */
export const maxSeed = 2 ** 32 - 1;
/** The greatest `times`. */
export const maxTimes = 1_000_000;

export const probabilitySchema = z.number().gt(0).max(1).meta({ description: "How likely a call is hit", example: 1 });
export const seedSchema = z.int().min(0).max(maxSeed).meta({ description: "The same seed hits the same calls, counted from the first" });
export const timesSchema = z.int().min(1).max(maxTimes).meta({ description: "Stops after it has hit this often" });
export const delaySchema = z.int().min(1).max(maxDelayMs).meta({ description: "How much slower, ms", example: 500 });

const serviceSchema = z.enum(chaosServices);
const commonFields = {
  service: serviceSchema,
  enabled: z.boolean().default(true),
  probability: probabilitySchema.default(1),
  seed: seedSchema.default(0),
  operation: z.string().optional().meta({ description: "Only this kind of call, such as `charge`. All when it is not given" }),
  times: timesSchema.optional(),
};

/** What a gremlin may do where; null when it is all right, else the field and what is wrong with it. */
export function findMisplaced(gremlin: {
  readonly kind: GremlinKind;
  readonly service: ChaosService;
  readonly operation?: string | null | undefined;
}): { readonly field: "service" | "operation"; readonly message: string } | null {
  const { kind, service, operation } = gremlin;
  if (kind === "drop" && service !== "queues") return { field: "service", message: "Only what goes into queues can be dropped" };
  const known: readonly string[] = chaosOperations[service];
  if (operation == null || known.includes(operation)) return null;
  return { field: "operation", message: `One of ${known.join(", ")}` };
}

/** A body of `POST /gremlin/<kind>`. `delay_ms` is of latency alone, and required there. */
export interface GremlinBody {
  readonly service: ChaosService;
  readonly enabled: boolean;
  readonly probability: number;
  readonly seed: number;
  readonly operation?: string | undefined;
  readonly times?: number | undefined;
  readonly delay_ms?: number | undefined;
}

export const gremlinBodySchemas = {
  latency: bodySchema("latency", z.strictObject({ ...commonFields, delay_ms: delaySchema })),
  error: bodySchema("error", z.strictObject(commonFields)),
  timeout: bodySchema("timeout", z.strictObject(commonFields)),
  "drop-reply": bodySchema("drop-reply", z.strictObject(commonFields)),
  duplicate: bodySchema("duplicate", z.strictObject(commonFields)),
  drop: bodySchema("drop", z.strictObject(commonFields)),
} satisfies Record<GremlinKind, z.ZodType<GremlinBody>>;

function bodySchema<Schema extends z.ZodType<GremlinBody>>(kind: GremlinKind, schema: Schema): Schema {
  return schema.superRefine((body, context) => {
    const misplaced = findMisplaced({ ...body, kind });
    if (misplaced !== null) context.addIssue({ code: "custom", path: [misplaced.field], message: misplaced.message });
  });
}

export const gremlinSchema = z
  .object({
    kind: z.enum(gremlinKinds),
    service: serviceSchema,
    operation: z.string().nullable(),
    enabled: z.boolean(),
    delay_ms: z.int().nullable(),
    probability: probabilitySchema,
    seed: seedSchema,
    times: timesSchema.nullable(),
    seen: z.int().meta({ description: "Calls it might have hit" }),
    fired: z.int().meta({ description: "Calls it has hit" }),
  })
  .meta({ id: "Gremlin" });
export type WireGremlin = z.infer<typeof gremlinSchema>;

export const gremlinListSchema = z.object({ data: z.array(gremlinSchema) }).meta({ id: "GremlinList" });

/** Whom a gremlin hits, and how. */
export interface GremlinRule {
  readonly kind: GremlinKind;
  readonly service: ChaosService;
  /** null: every one of the service's. */
  readonly operation: string | null;
  /** Of latency, ms; null for every other kind. */
  readonly delayMs: number | null;
  /** Above 0, at most 1. */
  readonly probability: number;
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  /** It stops after this many hits; null: never. */
  readonly times: number | null;
}

/** A rule and what it has done so far. */
export interface Gremlin extends GremlinRule {
  readonly enabled: boolean;
  /** Calls that it might have hit, and those that it has. */
  readonly seen: number;
  readonly fired: number;
}

/** One call that is about to be made. */
export interface ChaosCall {
  readonly service: ChaosService;
  readonly operation: string;
  /** The order that it is made for, when it is made for one: a request's own gremlins hit that order's calls alone. */
  readonly orderId?: string | undefined;
}

/** What happens to one call: it is delayed first, then comes the effect. */
export interface Faults {
  readonly delayMs: number;
  readonly effect: Exclude<GremlinKind, "latency"> | null;
}

export interface ChaosActorApi {
  /** Adds the gremlin, or puts it in the place of the one of this kind, service and operation; its counts start at 0. */
  put(gremlin: GremlinRule & { readonly enabled: boolean }): Promise<WireGremlin>;
  list(): Promise<readonly WireGremlin[]>;
  clear(): Promise<void>;
  /** What happens to this call. Counts it. */
  draw(call: ChaosCall): Promise<Faults>;
}
