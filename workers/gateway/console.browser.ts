/** A real Chromium for the console's tests, and a page of it that reports everything it complains of. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** CHROMIUM_PATH, or where Debian puts it; null when there is no browser on this machine. */
export function findChromium(): string | null {
  const path = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
  return existsSync(path) ? path : null;
}

export const launchChromium = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, args: flags });

export interface ConsolePage {
  readonly page: Page;
  /** What the page threw, wrote as an error, or was refused by the CSP. Answers with an error status do not count. */
  readonly complaints: string[];
}

/** Opens the console in a profile of its own, with timers that a test can push forward. */
export async function openConsole(
  browser: Browser,
  { baseUrl, ...context }: { baseUrl: string } & BrowserContextOptions,
): Promise<ConsolePage> {
  const page = await (await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...context })).newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(message.text());
  });
  await page.clock.install();
  await page.goto(`${baseUrl}/console`);
  return { page, complaints };
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Presses Place order with this product, quantity, card and what a refusal of it does; the answer is awaited by the caller. */
export async function placeOrder(
  page: Page,
  order: { sku: string; quantity?: number; method?: string; onDecline?: "wait"; holdSeconds?: number },
): Promise<void> {
  await page.getByLabel("Product").selectOption(order.sku);
  await page.getByLabel("Quantity").fill(String(order.quantity ?? 1));
  await page.getByLabel("Payment method").selectOption(order.method ?? "pm_card_visa");
  await page.getByLabel("If the card is refused").selectOption(order.onDecline ?? "");
  await page.getByLabel("Hold the stock for").selectOption(String(order.holdSeconds ?? ""));
  await page.getByRole("button", { name: "Place order" }).click();
}
