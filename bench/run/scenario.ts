/** What is measured: the load's shape, the SKUs it goes to, over how many shards their stock is split. */
import type { ClosedLoop, OpenLoop } from "../load/load-plan.ts";

export interface Scenario {
  readonly loop: ClosedLoop | OpenLoop;
  /** 1 is one hot SKU. */
  readonly skus: number;
  /** 1: not split. */
  readonly shards: number;
}

export interface ScenarioChoice {
  readonly clients: readonly number[];
  readonly skus: readonly number[];
  /** Shards of one hot SKU, for systems that have them; 1 is measured anyway. */
  readonly shards: readonly number[];
  /** Orders per second. */
  readonly openRates: readonly number[];
  readonly openConnections: number;
  /** Leave out one client on one hot SKU, which says little that one client over many SKUs does not. */
  readonly quick: boolean;
}

/** How many clients the scenarios with shards have, where it is among those asked for. */
const shardClients = 32;

/** All scenarios, those that share a start beside each other: first the SKUs that are not split. */
export function planScenarios(choice: ScenarioChoice): readonly Scenario[] {
  const closed = choice.skus.flatMap((skus) =>
    choice.clients
      .filter((clients) => !(choice.quick && clients === 1 && skus === 1 && choice.skus.length > 1))
      .map((clients) => ({ loop: { kind: "closed", clients } as const, skus, shards: 1 })),
  );
  const openSkus = Math.max(...choice.skus);
  const open = choice.openRates.map((rate) => ({
    loop: { kind: "open", rate, connections: choice.openConnections } as const,
    skus: openSkus,
    shards: 1,
  }));
  const clients = choice.clients.includes(shardClients) ? shardClients : Math.max(...choice.clients);
  const isMeasuredAnyway = choice.skus.includes(1);
  const split = choice.shards
    .filter((shards) => shards > 1 || !isMeasuredAnyway)
    .map((shards) => ({ loop: { kind: "closed", clients } as const, skus: 1, shards }));
  return [...closed, ...open, ...split];
}

export const describeScenario = ({ loop, skus, shards }: Scenario): string =>
  [
    loop.kind === "closed" ? `${loop.clients} ${loop.clients === 1 ? "client" : "clients"}` : `open loop, ${loop.rate}/s`,
    skus === 1 ? "1 hot SKU" : `${skus} SKUs`,
    ...(shards === 1 ? [] : [`${shards} shards`]),
  ].join(", ");
