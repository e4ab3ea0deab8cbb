import type { PaymentApi } from "../../shared/contracts/rpc.ts";

/**
 * The port to whoever takes the money: what the payment Worker says of itself, method by method. An adapter throws when it
 * cannot say what happened; it never guesses. It ends each call after 30 s at the most, with all that it asked for
 * (the saga counts on it: a charge that was given up cannot land later than that).
 */
export type PaymentProvider = PaymentApi;
