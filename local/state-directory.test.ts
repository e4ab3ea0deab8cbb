import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSettings } from "./state-directory.ts";

describe("openSettings: who takes the money", () => {
  let stateDir: string;
  const open = (payment?: "simulated" | "stripe") => openSettings(stateDir, { vars: {}, payment });
  const refusal = (provider: string): string => `Start with HOLDFAST_PAYMENT_PROVIDER=${provider}, or clear it first: npm run reset`;

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "holdfast-settings-"));
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  it.each([
    ["simulated", "stripe"],
    ["stripe", "simulated"],
  ] as const)("a directory that was begun with %s is not opened with %s, and is as it was", async (first, other) => {
    const settings = await open(first);
    await expect(open(other)).rejects.toThrow(refusal(first));
    expect(await open(first)).toEqual(settings);
  });

  it("is the simulated provider when nothing is said, also later", async () => {
    expect(await open()).toEqual(await open("simulated"));
    await expect(open("stripe")).rejects.toThrow(refusal("simulated"));
  });

  it.each([
    ["simulated", "stripe", []],
    ["stripe", "simulated", ["stripe.db"]],
  ] as const)("a directory of before that was used with %s is not opened with %s", async (first, other, files) => {
    const { payment_provider: _, ...settings } = await open();
    writeFileSync(join(stateDir, "settings.json"), JSON.stringify(settings));
    for (const name of files) writeFileSync(join(stateDir, name), "");
    await expect(open(other)).rejects.toThrow(refusal(first));
    expect(await open(first)).toEqual(settings);
    expect(JSON.parse(readFileSync(join(stateDir, "settings.json"), "utf8"))).toEqual(settings);
  });
});
