/** How orders reach the objects that host them. */
import { orderActor } from "../../durable-objects/order/client.ts";
import { actorNameFor, type Placement } from "../../shared/platform/placement.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import { JoinedOrders } from "./joined-orders.ts";
import type { GatewayPorts } from "./ports.ts";

/** Of this isolate, by the name of the object: an app that is made for one request joins with all others. */
const joinedByHost = new Map<string, JoinedOrders>();

export interface PlacingPorts {
  readonly namespace: DurableObjectNamespace;
  readonly placement: Placement;
  readonly metrics: Metrics;
}

/** `GatewayPorts.placeOrder`. Only orders that share an object can share a call: with `per-order` each is called for itself. */
export function placingOrders({ namespace, placement, metrics }: PlacingPorts): GatewayPorts["placeOrder"] {
  const hostOf = (name: string) => orderActor(namespace, name, placement);
  if (placement.kind === "per-order") return (command) => hostOf(command.name).placeOrder(command);
  return (command, request) => {
    const { name } = command;
    return joinedAt(actorNameFor(name, placement), metrics).place(command, { ...request, host: () => hostOf(name) });
  };
}

function joinedAt(actorName: string, metrics: Metrics): JoinedOrders {
  const known = joinedByHost.get(actorName);
  if (known !== undefined) return known;
  const logger = createLogger("gateway");
  const joined = new JoinedOrders({
    count: (outcome, orders) => metrics.count("holdfast_joined_orders_total", { outcome }, orders),
    onLost: (reason) => logger.warn("orders could not be placed together; each asks alone", { error: describeError(reason) }),
  });
  joinedByHost.set(actorName, joined);
  return joined;
}
