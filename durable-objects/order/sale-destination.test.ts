import { afterEach, expect, it, vi } from "vitest";
import { createLogger } from "../../shared/platform/logger.ts";
import { Deadlines } from "../kernel/deadlines.ts";
import { saleDestination } from "./sale-destination.ts";
import type { Sale } from "./sale.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const saleOf = ({ body }: { readonly body: string }): Sale | null => JSON.parse(body) as Sale | null;
const row = (id: string) => ({ id, body: JSON.stringify({ subject: id, lines: [{ sku: "A", reservationId: `${id}:1` }] }) });

it("saleDestination is done with every sale but those that cannot be read, which it logs and counts", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  const commit = vi.fn(() => Promise.resolve());
  const onUnreadable = vi.fn();
  const options = { deadlines: new Deadlines(), logger: createLogger("orders"), saleOf, onUnreadable };
  const rows = [row("one"), { id: "broken", body: '{"subject":' }, { id: "of no order", body: "null" }, row("other")];
  expect(await saleDestination(() => ({ commit }), options).send(rows)).toEqual(["one", "other"]);
  expect(commit).toHaveBeenCalledTimes(2);
  expect(onUnreadable.mock.calls).toEqual([
    ["stock", 1],
    ["stock", 1],
  ]);
  expect(logged.mock.calls.map(([line]) => String(line))).toEqual([
    expect.stringContaining("broken"),
    expect.stringContaining("of no order"),
  ]);
});
