/** Serves the handlers to the Restate server, over HTTP/2. @see https://docs.restate.dev/develop/ts/serving */
import { serve } from "@restatedev/restate-sdk";
import { orders } from "./orders.ts";
import { stock } from "./stock.ts";

const port = Number(process.env["PORT"]);
if (!Number.isInteger(port)) throw new Error("PORT must be set");

await serve({ services: [orders, stock], port });
