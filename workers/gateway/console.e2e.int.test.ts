/** The console in a real Chromium: against a gateway in memory, where a test can make anything go wrong, and on the real stack. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startCloud } from "../../local/cloud.ts";
import type { WireGremlin } from "../../shared/contracts/chaos.ts";
import { auditPage } from "./console.audit.ts";
import { findChromium, launchChromium, openConsole, placeOrder, signIn } from "./console.browser.ts";
import { customerKey, operatorKey, startFakeApi, type FakeApi } from "./console.fake-api.ts";
import { healthWith, hostileName } from "./console.fake-shop.ts";

const chromiumPath = findChromium();
if (chromiumPath === null)
  process.stdout.write("The console's tests are skipped: there is no Chromium at CHROMIUM_PATH or /usr/bin/chromium.\n");

let launched: Browser | undefined;
const browser = (): Browser => {
  if (launched === undefined) throw new Error("No browser was launched");
  return launched;
};
beforeAll(async () => {
  if (chromiumPath !== null) launched = await launchChromium(chromiumPath);
}, 30_000);
afterAll(() => launched?.close());

describe.skipIf(chromiumPath === null)("console", { timeout: 30_000 }, () => {
  let fake: FakeApi;
  let page: Page;
  let complaints: string[];
  beforeEach(async () => {
    fake = await startFakeApi();
    ({ page, complaints } = await openConsole(browser(), { baseUrl: fake.baseUrl }));
  });
  afterEach(async () => {
    await page.context().close();
    await fake.stop();
    expect(complaints).toEqual([]);
  });

  const answer = () => page.locator("#order [data-part=answer]");
  const orderRows = () => page.locator("#orders .order-row");
  const see = (text: string | RegExp, root = page.locator("body")) => root.getByText(text).first().waitFor();

  describe("sign-in", () => {
    test("a key that is not accepted is told as 401, and nothing is kept", async () => {
      await signIn(page, "wrong");
      await see("401: this key is not accepted.");
      expect(await page.locator("#panels").isVisible()).toBe(false);
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    });

    test("an accepted key stays for the tab alone and through a reload, until sign-out", async () => {
      await signIn(page, operatorKey);
      await see("Operator");
      expect(await page.evaluate(() => localStorage.length + document.cookie.length)).toBe(0);
      await page.reload();
      await see("Operator");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("API key").waitFor();
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    });

    test("a key that is revoked later ends the session and says so", async () => {
      await signIn(page, customerKey);
      await see("No orders yet.");
      fake.faults.keysAreRevoked = true;
      await page.clock.fastForward(2_000);
      await see("Your key is not accepted any more.");
    });

    test("while the role cannot be told, an operator is not taken for a customer: nobody is signed in, and the next try may be", async () => {
      fake.faults.receiveIsDown = true;
      await signIn(page, operatorKey);
      await see("It cannot be told now whether this is an operator's key.");
      expect(await page.locator("#panels").isVisible()).toBe(false);
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
      fake.faults.receiveIsDown = false;
      await page.getByRole("button", { name: "Sign in" }).click();
      await see("Operator");
    });

    test("a server that is gone is not a wrong key", async () => {
      await fake.stop();
      await signIn(page, operatorKey);
      await see("The server did not answer.");
      fake = await startFakeApi();
    });
  });

  describe("health", () => {
    const dependency = (name: string) => page.locator(`[data-dependency=${name}]`);

    test("every dependency is told with a text, a colour and its latency", async () => {
      await signIn(page, customerKey);
      await dependency("database").getByText("Up").waitFor();
      expect(await dependency("database").innerText()).toMatch(/Database\s+Up\s+0\.4 ms/);
      expect(await page.locator("#overall").innerText()).toBe("Healthy");
      const [red, green] = await channelsOf(dependency("database").locator(".icon"));
      expect(green).toBeGreaterThan(red ?? 255);
    });

    test("one that is down is red and says why, and the whole is degraded", async () => {
      fake.shop.health = healthWith({ cache: "connection refused" });
      await signIn(page, customerKey);
      await page.clock.fastForward(5_000);
      await dependency("cache").getByText("Down").waitFor();
      await see("connection refused", dependency("cache"));
      await see("Orders are taken. What is down catches up when it is back.");
      const [red, green] = await channelsOf(dependency("cache").locator(".icon"));
      expect(red).toBeGreaterThan(green ?? 255);
    });

    test("503 is read like any other answer, also without a key", async () => {
      fake.shop.health = healthWith({ inventory: "gone" });
      await page.clock.fastForward(5_000);
      await see("Unhealthy", page.locator("#overall"));
    });

    test("no answer at all is red, and what was shown is marked as old", async () => {
      await signIn(page, customerKey);
      await dependency("database").waitFor();
      await fake.stop();
      await page.clock.fastForward(5_000);
      await see("No answer", page.locator("#overall"));
      await see(/What you see may be out of date\. Trying again in 10 s\./, page.locator("#health"));
      fake = await startFakeApi();
    });
  });

  describe("placing an order", () => {
    test("a confirmed order is shown with its latency, and in the list before the projection knows it", async () => {
      await signIn(page, customerKey);
      fake.shop.projectionIsHeld = true;
      await placeOrder(page, { sku: "MUG-01", quantity: 2 });
      await answer().getByRole("heading", { name: "Confirmed" }).waitFor();
      expect(await answer().innerText()).toMatch(/€29\.00[\s\S]*Answered 201 in [\d.]+ ms/);
      await orderRows().first().waitFor();
      expect(await orderRows().first().innerText()).toMatch(/Confirmed[\s\S]*2 × Stoneware mug[\s\S]*€29\.00/);
      await page.locator('[data-sku="MUG-01"] .sold dd', { hasText: "40" }).waitFor();
    });

    test("several lines are one order, and the total shown is the one that is expected of the server", async () => {
      await signIn(page, customerKey);
      await page.getByRole("button", { name: "Add a line" }).click();
      await page.getByLabel("Product").nth(1).selectOption("BOOK-3");
      await page.getByLabel("Quantity").nth(1).fill("3");
      await see("€44.20", page.locator("#order .total"));
      const sent = page.waitForRequest((request) => request.method() === "POST");
      await page.getByRole("button", { name: "Place order" }).click();
      expect((await sent).postDataJSON()).toEqual({
        items: [
          { sku: "MUG-01", quantity: 1 },
          { sku: "BOOK-3", quantity: 3 },
        ],
        payment_method: "pm_card_visa",
        expected_total_minor: 4420,
      });
      await answer().getByRole("heading", { name: "Confirmed" }).waitFor();
    });

    test("sent again with the same key, the answer is marked as replayed and there is still one order", async () => {
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "MUG-01" });
      await answer().getByRole("button", { name: "Send again with the same key" }).click();
      await see("Replayed: nothing was done again");
      expect(new Set(fake.orderKeys).size).toBe(1);
      expect(fake.orderKeys.length).toBe(2);
      expect(fake.shop.projected().length).toBe(1);
    });

    test("two orders have two keys", async () => {
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "MUG-01" });
      await answer().getByRole("heading", { name: "Confirmed" }).waitFor();
      await placeOrder(page, { sku: "BOOK-3" });
      await page.locator("#orders li").nth(1).waitFor();
      expect(new Set(fake.orderKeys).size).toBe(2);
    });

    test("a refusal shows its title, detail and lines, and the refused order is in the list", async () => {
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "LAMP-7", quantity: 5 });
      await answer().getByRole("heading", { name: "There is not enough stock" }).waitFor();
      expect(await answer().innerText()).toMatch(/Not enough of LAMP-7[\s\S]*LAMP-7 5 asked, 0 left[\s\S]*Answered 409/);
      await page.locator("#orders li[data-status=failed]").waitFor();
    });

    test("a declined card is told as such", async () => {
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "MUG-01", method: "pm_card_declined" });
      await answer().getByRole("heading", { name: "The payment was declined" }).waitFor();
      await see(/Answered 402/, answer());
    });

    test("an order that is still working is followed until it is settled", async () => {
      await signIn(page, customerKey);
      fake.shop.paymentIsDown = true;
      await placeOrder(page, { sku: "MUG-01" });
      await answer().getByRole("heading", { name: "Still working: pending payment" }).waitFor();
      fake.shop.settle();
      await page.clock.fastForward(1_000);
      await answer().getByRole("heading", { name: "Confirmed" }).waitFor();
      await page.locator("#orders li[data-status=confirmed]").waitFor();
    });

    test("an answer that was lost is asked for with the same key, also after a reload", async () => {
      await signIn(page, customerKey);
      await page.getByRole("button", { name: "Place order" }).waitFor();
      // Every connection is cut: a browser may by itself repeat a request on a connection that it had kept.
      await page.route("**/v1/orders", (route) =>
        route.request().method() === "POST" ? loseAnswer(route.request(), () => route.abort()) : route.fallback(),
      );
      await placeOrder(page, { sku: "MUG-01" });
      await see("It is not known whether the order was taken");
      expect(await page.getByRole("button", { name: "Place order" }).isDisabled()).toBe(true);
      await page.unroute("**/v1/orders");
      await page.reload();
      await page.getByRole("button", { name: "Retry with the same key" }).click();
      await answer().getByRole("heading", { name: "Confirmed" }).waitFor();
      await see("Replayed: nothing was done again");
      expect(new Set(fake.orderKeys).size).toBe(1);
      expect(fake.shop.projected().length).toBe(1);
      expect(await page.evaluate(() => sessionStorage.getItem("holdfast.attempt"))).toBe(null);
    });
  });

  describe("orders", () => {
    const seed = (count: number) => {
      for (let index = 0; index < count; index += 1) {
        const isDeclined = index % 5 === 0;
        fake.shop.place(
          `seed-${index}`,
          { items: [{ sku: "BOOK-3", quantity: 1 }], payment_method: isDeclined ? "pm_card_declined" : "pm_card_visa" },
          1_760_000_000_000 + index * 1000,
        );
      }
    };

    test("more orders are read with the cursor, and stay when the newest page is read again", async () => {
      seed(45);
      await signIn(page, customerKey);
      await orderRows().nth(19).waitFor();
      expect(await orderRows().count()).toBe(20);
      await page.getByRole("button", { name: "More orders" }).click();
      await orderRows().nth(39).waitFor();
      await page.clock.fastForward(2_000);
      await page.getByRole("button", { name: "More orders" }).click();
      await orderRows().nth(44).waitFor();
      expect(await orderRows().count()).toBe(45);
      expect(await page.getByRole("button", { name: "More orders" }).isVisible()).toBe(false);
    });

    test("orders that come in push the oldest out of the list: it grows only by More orders", async () => {
      seed(30);
      await signIn(page, customerKey);
      await orderRows().nth(19).waitFor();
      const limits: (string | null)[] = [];
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.pathname === "/v1/orders") limits.push(url.searchParams.get("limit"));
      });
      for (const sku of ["MUG-01", "EVIL-1", "MUG-01"]) {
        const { order } = fake.shop.place(`late-${limits.length}`, { items: [{ sku, quantity: 1 }], payment_method: "pm_card_visa" });
        await page.clock.fastForward(2_000);
        await page.locator(`#orders li[data-key=${order.id}]`).waitFor();
        expect(await orderRows().count()).toBe(20);
      }
      expect(new Set(limits)).toEqual(new Set(["20"]));
      await page.getByRole("button", { name: "More orders" }).click();
      await orderRows().nth(32).waitFor();
      expect(await orderRows().count()).toBe(33);
    });

    test("the filter asks the server for one status", async () => {
      seed(10);
      await signIn(page, customerKey);
      await orderRows().nth(9).waitFor();
      await page.getByLabel("Status").selectOption("failed");
      await page.locator("#orders .note").waitFor({ state: "detached" });
      expect(await page.locator("#orders li[data-status=failed]").count()).toBe(2);
      await page.getByLabel("Status").selectOption("refunded");
      await see("No order is refunded.");
    });

    test("while the list cannot be read, what was read stays, is marked as old, and orders are still shown", async () => {
      seed(3);
      await signIn(page, customerKey);
      await orderRows().nth(2).waitFor();
      fake.faults.listIsDown = true;
      await page.clock.fastForward(2_000);
      await see(/The list cannot be read now\. What you see may be out of date/, page.locator("#orders"));
      await placeOrder(page, { sku: "MUG-01" });
      await orderRows().nth(3).waitFor();
      fake.faults.listIsDown = false;
      await page.clock.fastForward(30_000);
      await page.locator("#orders .note").waitFor({ state: "detached" });
      expect(await orderRows().count()).toBe(4);
    });

    test("an order opens by keyboard as a timeline of steps, stock and money, and gives the focus back", async () => {
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "MUG-01", quantity: 2 });
      await orderRows().first().focus();
      await page.keyboard.press("Enter");
      const sheet = page.getByRole("dialog");
      await sheet.locator("[data-step=confirm]").waitFor();
      const steps = await sheet.locator(".timeline > li").evaluateAll((items) => items.map((item) => item.getAttribute("data-step")));
      expect(steps).toEqual(["place", "validate_cart", "reserve_inventory", "process_payment", "confirm"]);
      const text = await sheet.innerText();
      for (const part of ["Held 2 × MUG-01", "€29.00 captured", "Sold 2 × MUG-01", "6.3 ms"]) expect(text).toContain(part);
      await page.keyboard.press("Escape");
      await sheet.waitFor({ state: "hidden" });
      expect(
        await orderRows()
          .first()
          .evaluate((row) => row === document.activeElement),
      ).toBe(true);
    });

    test("an open order has an address: back closes it, forward opens it again, and a reload keeps it", async () => {
      seed(2);
      await signIn(page, customerKey);
      const sheet = page.getByRole("dialog");
      const id = await page.locator("#orders li").first().getAttribute("data-key");
      const older = await page.locator("#orders li").nth(1).getAttribute("data-key");
      await orderRows().first().click();
      expect(new URL(page.url()).hash).toBe(`#/orders/${id ?? ""}`);
      await page.goBack();
      await sheet.waitFor({ state: "hidden" });
      expect(new URL(page.url()).hash).toBe("");
      expect(
        await orderRows()
          .first()
          .evaluate((row) => row === document.activeElement),
      ).toBe(true);
      await page.goForward();
      await sheet.locator("[data-step=place]").waitFor();
      await page.reload();
      await sheet.locator("[data-step=place]").waitFor();
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("sheet-title");
      await page.evaluate((hash) => (location.hash = hash), `#/orders/${older ?? ""}`);
      await see(older ?? "", sheet);
      await page.keyboard.press("Escape");
      await sheet.waitFor({ state: "hidden" });
      expect(new URL(page.url()).hash).toBe("");
      // Nothing had the focus before the page opened with the order.
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    });

    test("a link to an order opens it after the sign-in; one to no order says so and asks no more", async () => {
      const { order } = fake.shop.place("linked", { items: [{ sku: "MUG-01", quantity: 1 }], payment_method: "pm_card_visa" });
      await page.goto(`${fake.baseUrl}/console#/orders/${order.id}`);
      await signIn(page, customerKey);
      const sheet = page.getByRole("dialog");
      await sheet.locator("[data-step=confirm]").waitFor();
      await page.evaluate(() => (location.hash = "#/orders/ord_none"));
      await see("There is no such order that this key may see.", sheet);
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.clock.fastForward(60_000);
      await expect.poll(() => asked.some((url) => url.includes("/v1/orders?"))).toBe(true);
      expect(asked.filter((url) => url.includes("ord_none"))).toEqual([]);
      expect(await sheet.locator("[data-step]").count()).toBe(0);
    });

    test("the timeline of an order at work says what comes next, and follows it", async () => {
      fake.shop.paymentIsDown = true;
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "MUG-01" });
      await answer().getByRole("button", { name: "Timeline" }).click();
      const sheet = page.getByRole("dialog");
      await see(/Next: look up payment/, sheet);
      await see("attempt 2", sheet);
      fake.shop.settle();
      await page.clock.fastForward(1_000);
      await sheet.locator("[data-step=confirm]").waitFor();
      expect(await sheet.getByText(/^Next:/).count()).toBe(0);
    });
  });

  describe("what comes after an order was placed", () => {
    const sheet = () => page.getByRole("dialog");
    const press = (name: string | RegExp) => sheet().getByRole("button", { name, exact: true }).click();
    /** Signs in, places an order for two mugs and opens its sheet. */
    const openOrder = async (key: string, order: Partial<Parameters<typeof placeOrder>[1]> = {}) => {
      await signIn(page, key);
      await placeOrder(page, { sku: "MUG-01", quantity: 2, ...order });
      await orderRows().first().click();
      await sheet().locator("[data-step=place]").waitFor();
    };

    test("an operator ships a part, takes it back and refunds some of it, each under a key of its own", async () => {
      await openOrder(operatorKey);
      await press("Ship");
      await sheet().getByLabel("Stoneware mug to ship, of 2").fill("1");
      await press("Ship 1 unit");
      await see("1 of 2 shipped", sheet());
      expect(await sheet().getByRole("button", { name: "Cancel the order" }).count()).toBe(0);

      await press("Take back");
      await press("Take 0 units back");
      await see("At least one unit.", sheet());
      await sheet().getByLabel("Stoneware mug that came back, of 1").fill("1");
      await press("Take 1 unit back");
      await see("1 of 2 shipped, 1 returned", sheet());

      await press("Refund");
      expect(await sheet().getByLabel("Amount in EUR").inputValue()).toBe("29.00");
      await sheet().getByLabel("Amount in EUR").fill("14,5");
      await sheet().getByLabel("Reason", { exact: true }).fill("came back");
      await press("Refund €14.50");
      await see("€14.50 given back.", sheet());
      await sheet().locator("[data-refund=succeeded]", { hasText: "came back" }).waitFor();
      await see("Captured, a part given back", sheet());
      expect(new Set(fake.changeKeys).size).toBe(3);
    });

    test("a refused card leaves the order waiting: its hold counts down, and another card pays it", async () => {
      await openOrder(customerKey, { method: "pm_card_declined", onDecline: "wait", holdSeconds: 60 });
      const left = sheet().locator("[data-until]");
      const secondsLeft = async () => Number((await left.innerText()).replace("0:", "").replace("1:00", "60"));
      const before = await secondsLeft();
      await page.clock.fastForward(20_000);
      await expect.poll(secondsLeft).toBeLessThanOrEqual(before - 20);

      await press("Pay with another card");
      const card = sheet().getByLabel("Card", { exact: true });
      await card.selectOption("pm_card_insufficient_funds");
      await press("Pay €29.00");
      await see(/The payment was declined\. \(402 payment_declined, request fake-request\)/, sheet());
      await card.selectOption("pm_card_visa");
      await press("Pay €29.00");
      await see("€29.00 paid.", sheet());
      await see("Confirmed", sheet());
      expect(new Set(fake.changeKeys).size).toBe(2);
      await page.keyboard.press("Escape");
      await page.locator("#orders li[data-status=confirmed]").waitFor();
    });

    test("an order is cancelled after a second look; a customer is offered nothing else", async () => {
      await openOrder(customerKey);
      expect(await sheet().locator(".changes button[aria-expanded]").allInnerTexts()).toEqual(["Cancel the order"]);
      await press("Cancel the order");
      await see(/Nothing has been shipped\. .* €29\.00 is given back/, sheet());
      await press("Not now");
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel the order");
      expect(fake.changeKeys).toEqual([]);
      await press("Cancel the order");
      await sheet().getByLabel("Reason, if there is one").fill("Changed my mind");
      await press("Cancel this order");
      await see("The order is cancelled.", sheet());
      await see(/Cancelled, asked for at .*: Changed my mind/, sheet());
      // The button that had the focus is gone with the offer.
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("sheet-title");
    });

    test("a refusal is told in words, and what is no longer possible is no longer offered", async () => {
      await openOrder(operatorKey);
      await press("Cancel the order");
      const [order] = fake.shop.projected();
      fake.shop.change(order?.id ?? "", { kind: "fulfil", body: {} });
      await press("Cancel this order");
      await see(/The order has been shipped, in part at least\. \(409 order_fulfilled, request fake-request\)/, sheet());
      await sheet().getByRole("button", { name: "Cancel the order" }).waitFor({ state: "detached" });
    });

    test("a change whose answer was lost is repeated under the same key, and done once", async () => {
      await openOrder(operatorKey);
      await page.route("**/refunds", (route) => loseAnswer(route.request(), () => route.abort()));
      await press("Refund");
      await sheet().getByLabel("Amount in EUR").fill("1");
      await sheet().getByLabel("Reason", { exact: true }).fill("late");
      await press("Refund €1.00");
      await see("It is not known whether it was done.", sheet());
      // The order was read again meanwhile and has less to refund; the form still stands for what was sent.
      await see("€1.00", sheet().locator("[data-refund]"));
      expect(await sheet().getByLabel("Amount in EUR").isDisabled()).toBe(true);
      await page.unroute("**/refunds");
      await press("Send again with the same key");
      await see("€1.00 given back.", sheet());
      expect([fake.changeKeys.length, new Set(fake.changeKeys).size]).toEqual([2, 1]);
      expect(await sheet().locator("[data-refund]").count()).toBe(1);
      await press("Refund");
      expect(await sheet().getByLabel("Amount in EUR").inputValue()).toBe("28.00");
    });
  });

  describe("the operator's books", () => {
    test("the audit says that all agrees, or what does not", async () => {
      await signIn(page, operatorKey);
      await page.getByRole("button", { name: "Run the audit" }).click();
      await see("The books agree. 200 orders, 8 SKUs, 240 holds and 180 captures looked at. 2 still under way.", page.locator("#books"));
      const detail = "MUG-01 has 4 units reserved; its live holds are 3.";
      fake.books.disagreements.push({ rule: "reserved_is_live_holds", subject: "MUG-01", expected: "3", found: "4", detail });
      await page.getByRole("button", { name: "Run the audit" }).click();
      await see("1 disagreement.", page.locator("#books"));
      await see(detail, page.locator("[data-rule=reserved_is_live_holds]"));
    });

    test("what is stuck is listed with its age and amount, and resolved in one press and a confirmation", async () => {
      const { order } = fake.shop.place("stuck", { items: [{ sku: "MUG-01", quantity: 1 }], payment_method: "pm_card_visa" });
      fake.books.stuck.push({
        id: `captured_but_cancelled~${order.id}`,
        kind: "captured_but_cancelled",
        order_id: order.id,
        sku: null,
        amount_minor: 1450,
        currency: "EUR",
        age_seconds: 7200,
        detail: "The provider refused to give it back.",
        actions: ["finish", "void"],
      });
      await signIn(page, operatorKey);
      await page.getByRole("button", { name: "Look for what is stuck" }).click();
      const item = page.locator("[data-stuck=captured_but_cancelled]");
      expect(await item.innerText()).toMatch(/Captured but cancelled[\s\S]*€14\.50[\s\S]*for 2 h 0 min[\s\S]*refused to give it back/);
      await item.getByRole("button", { name: "Give the money back" }).click();
      await item.locator("form:visible").getByRole("button", { name: "Give the money back" }).click();
      await see("Done.", page.locator("#books"));
      await item.waitFor({ state: "detached" });
    });

    test("a customer has no such panel", async () => {
      await signIn(page, customerKey);
      await page.locator(".figures").first().waitFor();
      expect(await page.locator("#books").isVisible()).toBe(false);
    });
  });

  test("chaos is said loudly, also without a key, and nothing is said when there is none", async () => {
    expect(await page.locator("#chaos").isVisible()).toBe(false);
    fake.shop.health = { ...healthWith({}), chaos: [gremlin] };
    await page.clock.fastForward(5_000);
    await see("Chaos is on: faults are made on purpose here. Loose: latency of 500 ms in payment (look up), 25 %.");
  });

  describe("stock", () => {
    test("shows every figure of the wire, and an operator receives units once", async () => {
      await signIn(page, operatorKey);
      const lamp = page.locator('[data-sku="LAMP-7"]');
      await lamp.locator(".figures").waitFor();
      expect(await lamp.locator(".figures").innerText()).toMatch(/Available\s+0\s+Reserved\s+0\s+On hand\s+0\s+Sold\s+12/);
      await lamp.getByRole("button", { name: "Receive LAMP-7" }).click();
      await lamp.getByLabel("Units of LAMP-7 received").fill("30");
      await page.keyboard.press("Enter");
      await see("30 received.", lamp);
      expect(await lamp.locator(".figures").innerText()).toMatch(/Available\s+30/);
      expect(fake.shop.levelsOf("LAMP-7")?.received).toBe(42);
    });

    test("a customer is not offered to receive", async () => {
      await signIn(page, customerKey);
      await page.locator(".figures").first().waitFor();
      expect(await page.getByRole("button", { name: /^Receive/ }).count()).toBe(0);
    });

    test("an empty catalogue is said in both panels", async () => {
      fake.shop.products.length = 0;
      await signIn(page, operatorKey);
      await see("No products yet.", page.locator("#stock"));
      await see("Nothing to order yet.", page.locator("#order"));
    });

    test("a product's name stays text", async () => {
      await signIn(page, customerKey);
      await placeOrder(page, { sku: "EVIL-1" });
      await orderRows().first().click();
      await page.getByRole("dialog").locator("[data-step=confirm]").waitFor();
      for (const place of ["#stock", "#orders", "#order-dialog"]) expect(await page.locator(place).innerText()).toContain(hostileName);
      expect(await page.evaluate(() => "hacked" in window)).toBe(false);
      expect(await page.locator("main img").count()).toBe(0);
    });
  });

  test.for([
    { averageS: 0.4, tone: "good", text: "400 ms" },
    { averageS: 1.4, tone: "warn", text: "1.4 s" },
    { averageS: 2.5, tone: "bad", text: "2.5 s" },
  ])("the light of an average of $averageS s is $tone", async ({ averageS, tone, text }) => {
    fake.shop.averageLatencyS = averageS;
    fake.shop.place("seed", { items: [{ sku: "BOOK-3", quantity: 1 }], payment_method: "pm_card_visa" });
    await signIn(page, customerKey);
    await page.locator(`#latency .light[data-tone=${tone}]`, { hasText: text }).waitFor();
  });

  test("while the latency cannot be read, its light is out: what was read last is muted and said to be unknown now", async () => {
    fake.shop.place("seed", { items: [{ sku: "BOOK-3", quantity: 1 }], payment_method: "pm_card_visa" });
    await signIn(page, customerKey);
    const light = page.locator("#latency .light");
    await page.locator("#latency .light[data-tone=good]", { hasText: "Good" }).waitFor();
    await page.route("**/metrics", (route) => route.abort());
    await page.clock.fastForward(5_000);
    await page.locator("#latency .light[data-tone=neutral]").waitFor();
    expect(await light.innerText()).toMatch(/^12 ms\s+Unknown now, last read at \d\d:\d\d:\d\d$/);
    const [value, label] = await Promise.all([channelsOf(light.locator("strong")), channelsOf(page.locator("#latency dt").first())]);
    expect(value).toEqual(label);
    await page.unroute("**/metrics");
    await page.clock.fastForward(10_000);
    await page.locator("#latency .light[data-tone=good]", { hasText: "Good" }).waitFor();
  });

  test.for([1280, 360])("at %i px the whole of every quantity that can be ordered is seen, and the API is linked", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await signIn(page, operatorKey);
    await page.getByRole("button", { name: "Add a line" }).click();
    const quantity = page.getByLabel("Quantity").first();
    await quantity.fill("1000000");
    expect(await quantity.evaluate((field) => field.scrollWidth - field.clientWidth)).toBe(0);
    const tops = await page
      .locator("#order .line")
      .first()
      .locator("select, input, button")
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().bottom));
    expect(new Set(tops).size).toBe(1);
    expect(await page.getByRole("link", { name: "API" }).isVisible()).toBe(true);
  });

  test.for([
    { colorScheme: "light", width: 1280 },
    { colorScheme: "dark", width: 1280 },
    { colorScheme: "light", width: 360 },
  ] as const)("accessible in $colorScheme at $width px: names, labels, contrast, no sideways scrolling", async ({ colorScheme, width }) => {
    fake.shop.health = { ...healthWith({ cache: "connection refused" }), chaos: [gremlin] };
    // A colour that is still on its way to another is neither of them.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 800 });
    expect(await auditPage(page)).toEqual([]);
    await signIn(page, operatorKey);
    await placeOrder(page, { sku: "LAMP-7" });
    await page.locator("#orders li[data-status=failed]").waitFor();
    await page.locator(".figures").nth(3).waitFor();
    expect(await auditPage(page)).toEqual([]);
    await orderRows().first().click();
    await page.getByRole("dialog").locator("[data-step=fail]").waitFor();
    expect(await auditPage(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await placeOrder(page, { sku: "MUG-01", method: "pm_card_declined", onDecline: "wait" });
    await answer().getByRole("button", { name: "Pay with another card" }).click();
    for (const change of ["Pay with another card", "Cancel the order"]) {
      await page.getByRole("dialog").getByRole("button", { name: change }).click();
      expect(await auditPage(page)).toEqual([]);
    }
  });

  /** The request reaches the server, and its answer never reaches the page. */
  async function loseAnswer(
    request: { url(): string; headers(): Record<string, string>; postData(): string | null },
    abort: () => Promise<void>,
  ) {
    await fetch(request.url(), { method: "POST", headers: request.headers(), body: request.postData() ?? "" });
    await abort();
  }
});

describe.skipIf(chromiumPath === null)("console on the real stack", { timeout: 120_000 }, () => {
  test("an order is placed, replayed, listed from Postgres, its timeline read, cancelled, and another one taken with Redis down", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "holdfast-console-"));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const cloud = await startCloud({ stateDir, port: 0, seed: true });
    onTestFinished(() => cloud.stop());
    const { page, complaints } = await openConsole(browser(), { baseUrl: cloud.baseUrl });
    await signIn(page, cloud.operatorKey);
    await page.locator("#overall", { hasText: "Healthy" }).waitFor();
    await page.locator("#stock .figures").first().waitFor();
    await page.getByRole("button", { name: "Place order" }).click();
    const answer = page.locator("#order [data-part=answer]");
    await answer.getByRole("heading", { name: "Confirmed" }).waitFor();
    await answer.getByRole("button", { name: "Send again with the same key" }).click();
    await answer.getByText("Replayed: nothing was done again").waitFor();

    // A fresh page knows the order only from the projection.
    await expect
      .poll(
        async () => {
          await page.reload();
          await page.locator("#orders [data-part=note]:empty, #orders .note[data-tone=neutral]").first().waitFor({ state: "attached" });
          return page.locator("#orders li[data-status=confirmed]").count();
        },
        { timeout: 15_000 },
      )
      .toBe(1);
    await page.locator("#latency .light[data-tone=good]").waitFor();
    await page.locator(".order-row").first().click();
    const sheet = page.getByRole("dialog");
    await sheet.locator("[data-step=confirm]").waitFor();
    await sheet.getByRole("button", { name: "Cancel the order" }).click();
    await sheet.getByRole("button", { name: "Cancel this order" }).click();
    await sheet.getByText("The order is cancelled.").waitFor();
    await sheet.locator("[data-refund=succeeded]").waitFor();
    await page.keyboard.press("Escape");

    await cloud.stopRedis();
    await page.locator("[data-dependency=cache]", { hasText: "Down" }).waitFor();
    await page.getByRole("button", { name: "Place order" }).click();
    await answer.getByRole("heading", { name: "Confirmed" }).waitFor();
    await cloud.startRedis();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

const gremlin: WireGremlin = {
  kind: "latency",
  service: "payment",
  operation: "look_up",
  enabled: true,
  delay_ms: 500,
  probability: 0.25,
  seed: 1,
  times: null,
  seen: 4,
  fired: 1,
};

/** The red, green and blue of the colour an element is drawn in, 0 to 255. */
async function channelsOf(element: { evaluate<T>(read: (node: Element) => T): Promise<T> }): Promise<number[]> {
  const colour = await element.evaluate((node) => getComputedStyle(node).color);
  return [...colour.matchAll(/[\d.]+/g)].map(Number);
}
