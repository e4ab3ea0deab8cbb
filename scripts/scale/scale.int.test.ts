/** docs/SCALE.md is what real orders cost and the price list says: `npm run check:scale`. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countForDocument } from "./count-for-document.ts";
import { scalePath, writtenScale } from "./written-scale.ts";

test("the figures of docs/SCALE.md are up to date; `npm run scale` writes them", { timeout: 400_000 }, async () => {
  const document = readFileSync(scalePath, "utf8");
  expect(await writtenScale(document, await countForDocument(document))).toBe(document);
});
