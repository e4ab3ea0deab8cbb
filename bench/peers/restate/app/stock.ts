/**
 * One SKU's ledger: a virtual object, keyed by SKU, whose handlers run one at a time. Restate delivers each of an order's calls exactly
 * once, so none of them needs an id of its own.
 *
 * @see https://docs.restate.dev/foundations/services#virtual-object
 */
import * as restate from "@restatedev/restate-sdk";

/** Units; `onHand` is what stands in the warehouse, reserved units included. */
interface Levels {
  readonly priceMinor: number;
  readonly received: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly sold: number;
}

const none: Levels = { priceMinor: 1999, received: 0, onHand: 0, reserved: 0, sold: 0 };

export const stock = restate.object({
  name: "stock",
  handlers: {
    receive: async (ctx: restate.ObjectContext, quantity: number): Promise<void> => {
      const levels = await levelsOf(ctx);
      ctx.set("levels", { ...levels, received: levels.received + quantity, onHand: levels.onHand + quantity });
    },

    /** @returns The price of one unit, in minor units; null when there is not enough. */
    reserve: async (ctx: restate.ObjectContext, quantity: number): Promise<number | null> => {
      const levels = await levelsOf(ctx);
      if (levels.onHand - levels.reserved < quantity) return null;
      ctx.set("levels", { ...levels, reserved: levels.reserved + quantity });
      return levels.priceMinor;
    },

    /** Turns reserved units into sold ones. */
    commit: async (ctx: restate.ObjectContext, quantity: number): Promise<void> => {
      const { onHand, reserved, sold, ...rest } = await levelsOf(ctx);
      ctx.set("levels", { ...rest, onHand: onHand - quantity, reserved: reserved - quantity, sold: sold + quantity });
    },

    release: async (ctx: restate.ObjectContext, quantity: number): Promise<void> => {
      const levels = await levelsOf(ctx);
      ctx.set("levels", { ...levels, reserved: levels.reserved - quantity });
    },

    /** Runs beside the others, and sees what they have written. */
    get: restate.handlers.object.shared(async (ctx: restate.ObjectSharedContext): Promise<Levels> => levelsOf(ctx)),
  },
});

export type StockObject = typeof stock;

const levelsOf = async (ctx: restate.ObjectSharedContext): Promise<Levels> => (await ctx.get<Levels>("levels")) ?? none;
