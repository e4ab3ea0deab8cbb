/** Knows what the order actor is about to write, or has just written, so that a fault can be planned for exactly that. */
import type { FaultPlan } from "../sim/faults.ts";
import type { SimulatedShop } from "../sim/shop.ts";

export class CommitWatch {
  #shop: SimulatedShop | undefined;
  #version = 0;
  #writes = "";

  /** The status that the order gets, `acknowledgement` when it stays as it is. */
  get writes(): string {
    return this.#writes;
  }

  start(shop: SimulatedShop): void {
    this.#shop = shop;
  }

  /** The plan, and before each of its moments a look at the transaction that is under way. */
  around(plan: FaultPlan): FaultPlan {
    const fault: FaultPlan["fault"] = (name, share) => {
      if (name === "crash before commit: order") this.#look();
      const strikes = plan.fault(name, share);
      if (name === "crash after commit: order") this.#version = this.#read().version;
      return strikes;
    };
    return { ...plan, fault };
  }

  #look(): void {
    const { version, status } = this.#read();
    this.#writes = version === this.#version ? "acknowledgement" : status;
  }

  #read(): { readonly version: number; readonly status: string } {
    const [row] = this.#shop?.orders.disk.read("SELECT version, json_extract(state, '$.status') AS status FROM orders") ?? [];
    return { version: Number(row?.["version"] ?? 0), status: String(row?.["status"]) };
  }
}
