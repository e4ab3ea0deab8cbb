/**
 * Checked, never run: what each Worker says it needs (`env.ts`, and the actors it hosts) is really among the bindings that
 * its wrangler config gives it. A binding that is renamed or missing there is an error here.
 */
import type { MetricsActorEnv } from "../durable-objects/metrics/actor.ts";
import type { OrderActorEnv } from "../durable-objects/order/env.ts";
import type { StockActorEnv } from "../durable-objects/stock/actor.ts";
import type { GatewayBindings } from "./gateway/env.ts";
import type { NotificationsEnv } from "./notifications/env.ts";
import type { OpsEnv } from "./ops/env.ts";
import type { OrdersEnv } from "./orders/env.ts";
import type { PaymentEnv } from "./payment/env.ts";

type Gives<Generated extends Needed, Needed> = [Generated, Needed];

export type BindingsAreGiven = [
  Gives<GeneratedGatewayBindings, GatewayBindings>,
  Gives<GeneratedOrdersBindings, OrdersEnv & OrderActorEnv>,
  Gives<GeneratedInventoryBindings, StockActorEnv>,
  Gives<GeneratedPaymentBindings, PaymentEnv>,
  Gives<GeneratedNotificationsBindings, NotificationsEnv>,
  Gives<GeneratedOpsBindings, OpsEnv & MetricsActorEnv>,
];
