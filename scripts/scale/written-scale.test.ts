/** That the document cannot stay as it is when a count, a price or a mark changes. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Counts } from "./count-orders.ts";
import { prices } from "./prices.ts";
import { smallCounts } from "./testing/small-counts.ts";
import { scalePath, writtenScale } from "./written-scale.ts";

const document = readFileSync(scalePath, "utf8");

afterEach(() => {
  vi.resetModules();
  vi.doUnmock("./prices.ts");
});

const withOneRowMore = (): Counts => {
  const { sold } = smallCounts.journeys;
  const tally = { ...sold.tally, "row written/OrderActor": (sold.tally["row written/OrderActor"] ?? 0) + 1 };
  return { ...smallCounts, journeys: { ...smallCounts.journeys, sold: { ...sold, tally } } };
};

describe("writtenScale", () => {
  test("writes the same again", async () => {
    const once = await writtenScale(document, smallCounts);
    expect(await writtenScale(once, smallCounts)).toBe(once);
  });

  test("is another document for one row more in one order", async () => {
    expect(await writtenScale(document, withOneRowMore())).not.toBe(await writtenScale(document, smallCounts));
  });

  test("is another document for another price", async () => {
    const before = await writtenScale(document, smallCounts);
    vi.doMock("./prices.ts", async (original) => {
      const actual = await original<typeof import("./prices.ts")>();
      return {
        ...actual,
        priceOf: (name: keyof typeof prices) => (name === "rowsWritten" ? { ...prices.rowsWritten, dollars: 2 } : actual.priceOf(name)),
      };
    });
    const { writtenScale: withOtherPrice } = await import("./written-scale.ts");
    expect(await withOtherPrice(document, smallCounts)).not.toBe(before);
  });

  test("refuses a document that has no place for a part, or asks for one that is not generated", async () => {
    await expect(writtenScale(document.replace("<!-- scale:bill -->", ""), smallCounts)).rejects.toThrow('no place for "bill"');
    await expect(writtenScale(`${document}\n<!-- scale:weather -->`, smallCounts)).rejects.toThrow("weather");
  });

  test("leaves the prose alone", async () => {
    const prose = (text: string): string => text.replaceAll(/<!-- scale:([a-z]+) -->[^]*?<!-- \/scale:\1 -->/g, "");
    expect(prose(await writtenScale(document, smallCounts))).toBe(prose(document));
  });
});
