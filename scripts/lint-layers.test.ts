/** The layers that ARCHITECTURE.md describes are kept by the linter; here each of its rules is seen to bite. */
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

/** Only the layers: types are not needed to see an import, and loading them takes seconds. */
const eslint = new ESLint({
  cwd: `${import.meta.dirname}/..`,
  ruleFilter: ({ ruleId }) => ruleId.startsWith("import-x/") || ruleId.startsWith("no-"),
  overrideConfig: { files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false, project: null } } },
});

const layer = "import-x/no-restricted-paths";
const relevant: readonly (string | null)[] = [layer, "no-restricted-imports", "no-restricted-globals", "no-console"];

/** The rules that refuse this text as this file, each once. A text that does not parse gives null. */
async function refusals(filePath: string, code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath });
  const messages = (result?.messages ?? []).filter(({ fatal, ruleId }) => fatal === true || relevant.includes(ruleId));
  return [...new Set(messages.map(({ ruleId }) => ruleId))];
}

const importing = (path: string) => `import * as imported from "${path}";\nexport const x = imported;\n`;

describe("an import against the layers is refused", () => {
  it.each([
    ["shared/domain/probe.ts", "../platform/ids.ts"],
    ["shared/domain/probe.ts", "../contracts/order.ts"],
    ["shared/domain/probe.ts", "../../durable-objects/order/client.ts"],
    ["shared/domain/probe.ts", "zod"],
    ["shared/platform/probe.ts", "../../durable-objects/order/client.ts"],
    ["shared/platform/probe.ts", "../../workers/gateway/app.ts"],
    ["shared/platform/probe.ts", "../../scripts/bindings.ts"],
    ["shared/platform/probe.ts", "../testing/test-payment.ts"],
    ["durable-objects/order/probe.ts", "../../workers/orders/index.ts"],
    ["durable-objects/order/probe.ts", "../../scripts/bindings.ts"],
    ["durable-objects/order/probe.ts", "../../shared/testing/test-queues.ts"],
    ["workers/gateway/probe.ts", "../orders/index.ts"],
    ["workers/orders/probe.ts", "../inventory/index.ts"],
    ["workers/inventory/probe.ts", "../payment/index.ts"],
    ["workers/payment/probe.ts", "../notifications/index.ts"],
    ["workers/notifications/probe.ts", "../ops/index.ts"],
    ["workers/ops/probe.ts", "../gateway/app.ts"],
    ["workers/ops/probe.ts", "../../scripts/bindings.ts"],
  ])("%s <- %s", async (filePath, path) => {
    expect(await refusals(filePath, importing(path))).toEqual([layer]);
  });

  it("also as a type only, and as a re-export", async () => {
    expect(await refusals("shared/platform/probe.ts", 'export type { OrderActor } from "../../durable-objects/order/actor.ts";\n')).toEqual(
      [layer],
    );
    expect(await refusals("workers/ops/probe.ts", 'import type { a } from "../gateway/app.ts";\nexport type B = typeof a;\n')).toEqual([
      layer,
    ]);
  });
});

describe("an import along the layers is allowed", () => {
  it.each([
    ["shared/domain/probe.ts", "./assert.ts"],
    ["shared/platform/probe.ts", "../contracts/order.ts"],
    ["shared/platform/probe.ts", "../domain/assert.ts"],
    ["shared/platform/probe.ts", "zod"],
    ["durable-objects/order/probe.ts", "../stock/client.ts"],
    ["durable-objects/order/probe.ts", "../../shared/contracts/rpc.ts"],
    ["workers/gateway/probe.ts", "./app.ts"],
    ["workers/gateway/probe.ts", "../../durable-objects/order/client.ts"],
    ["workers/gateway/probe.ts", "../../shared/contracts/rpc.ts"],
    ["scripts/probe.ts", "../workers/gateway/app.ts"],
    ["scripts/probe.ts", "node:fs"],
    ["shared/platform/probe.test.ts", "../../workers/gateway/app.ts"],
    ["shared/platform/probe.test.ts", "node:fs"],
    ["shared/testing/probe.ts", "../../durable-objects/order/actor.ts"],
    ["workers/gateway/probe.workerd.test.ts", "../orders/index.ts"],
  ])("%s <- %s", async (filePath, path) => {
    expect(await refusals(filePath, importing(path))).toEqual([]);
  });
});

describe("what runs in workerd", () => {
  it.each(["workers/orders/probe.ts", "durable-objects/order/probe.ts", "shared/platform/probe.ts"])(
    "%s uses no Node module",
    async (filePath) => {
      expect(await refusals(filePath, importing("node:fs"))).toEqual(["no-restricted-imports"]);
    },
  );

  it.each(["process.env", "Buffer.alloc(1)", "setImmediate(() => 1)"])("uses no global of Node's: %s", async (code) => {
    expect(await refusals("workers/payment/probe.ts", `export const x: unknown = ${code};\n`)).toEqual(["no-restricted-globals"]);
  });

  it("clears no timer in an object, not even behind `withDeadline`", async () => {
    expect(await refusals("durable-objects/order/probe.ts", "clearTimeout(1);\n")).toEqual(["no-restricted-globals"]);
    expect(await refusals("durable-objects/order/probe.ts", importing("../../shared/platform/deadline.ts"))).toEqual([layer]);
    expect(await refusals("durable-objects/order/probe.ts", "process.exit(1);\n")).toEqual(["no-restricted-globals"]);
    expect(await refusals("workers/orders/probe.ts", "clearTimeout(1);\n")).toEqual([]);
  });

  it("gets its bindings passed in and logs through the logger", async () => {
    const code = 'import { env } from "cloudflare:workers";\nconsole.log(env);\n';
    expect(await refusals("workers/orders/probe.ts", code)).toEqual(["no-restricted-imports", "no-console"]);
  });
});

it("a cycle of imports is refused", async () => {
  // decide.ts imports assert.ts; here assert.ts is made to import it in turn.
  const [result] = await eslint.lintText(importing("./order/decide.ts"), { filePath: "shared/domain/assert.ts" });
  expect(result?.messages.map(({ ruleId }) => ruleId)).toEqual(["import-x/no-cycle"]);
});
