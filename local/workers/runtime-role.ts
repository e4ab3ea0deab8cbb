/**
 * What a workerd process of a fleet is there for; it has at least one of these. `objects`: the Durable Objects with their storage, the
 * brokers that Workers send to, and every Worker but the public one. `front`: the public Worker and its socket. `consumers`: what
 * consumes queues.
 */
export const runtimeRoles = ["objects", "front", "consumers"] as const;
export type RuntimeRole = (typeof runtimeRoles)[number];

/** In the environment of each: its roles, with a space between two, for people and proofs who look at processes. */
export const rolesVariable = "HOLDFAST_RUNTIME";
