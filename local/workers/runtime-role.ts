/** What a workerd process of a fleet is there for. One that serves consumes too when it is alone. */
export type RuntimeRole = "serving" | "consuming";

/** In the environment of each: which of the two it is, for people and proofs who look at processes. */
export const roleVariable = "HOLDFAST_RUNTIME";
