/** docs/DEPLOY.md says what the Workers' configs and `shared/platform/config.ts` say. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { workerConfigs } from "../local/project.ts";
import { apiKeysEnv } from "../shared/platform/config.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const guide = read("docs/DEPLOY.md");

/** What of wrangler's own type of a config is used here. */
interface Config {
  readonly name: string;
  readonly main: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly queues: {
    readonly producers?: readonly { readonly queue: string }[];
    readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
  readonly services?: readonly { readonly service: string }[];
  readonly durable_objects: { readonly bindings: readonly { readonly script_name?: string }[] };
}
const readConfig = unstable_readConfig as (args: { config: string }, options: { hideWarnings: boolean }) => Config;
const workers = workerConfigs.map((path) => {
  const config = readConfig({ config: path }, { hideWarnings: true });
  return { ...config, path: relative(root, path), shortName: config.name.replace("holdfast-", "") };
});

const unique = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();
const namesIn = (text: string): readonly string[] => [...text.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = ""]) => name);

/** The table of settings: which Workers the row of a name says. */
const tableRows = [...guide.matchAll(/^\| (?<names>`[A-Z][^|]+)\| (?<workers>[^|]+)\|/gm)].flatMap(({ groups }) =>
  namesIn(groups?.["names"] ?? "").map((name): [string, string] => [name, groups?.["workers"] ?? ""]),
);
const table = new Map(tableRows);
const tells = (name: string, worker: string): boolean => {
  const told = table.get(name) ?? "";
  return told.startsWith("all ") || told.includes(worker) || (told.includes("those with `DATABASE_URL`") && tells("DATABASE_URL", worker));
};

/** The names that each schema of config.ts reads. */
const schemas = new Map(
  read("shared/platform/config.ts")
    .split(/^(?:export )?const /m)
    .slice(1)
    .map((text) => [
      /^\w+/.exec(text)?.[0] ?? "",
      unique([...text.matchAll(/\b([A-Z][A-Z_]+): ?(?:z\b|stripeSecret)/g)].map(([, name = ""]) => name)),
    ]),
);

/** The settings that a Worker's own folder parses. */
function settingsOf({ main }: Config): readonly string[] {
  const files = globSync("**/*.ts", { cwd: dirname(main), exclude: ["**/*.test.ts"] });
  const source = files.map((file) => readFileSync(join(dirname(main), file), "utf8")).join("\n");
  return unique([...schemas].flatMap(([schema, names]) => (new RegExp(`\\b${schema}\\b`).test(source) ? names : [])));
}

test("every queue is created, dead-letter queues too, and no other", () => {
  const queues = workers.flatMap(({ queues: { producers = [], consumers = [] } }) => [
    ...producers.map(({ queue }) => queue),
    ...consumers.flatMap(({ queue, dead_letter_queue: deadLetters }) => [queue, ...(deadLetters === undefined ? [] : [deadLetters])]),
  ]);
  const created = [...guide.matchAll(/^npx wrangler queues create (\S+)$/gm)].map(([, queue = ""]) => queue);
  expect([...created].sort()).toEqual(unique(queues));
});

test("the table has every setting that config.ts reads, once, and no other", () => {
  expect([...schemas.values()].flat()).toContain("API_KEYS");
  expect(tableRows.map(([name]) => name).sort()).toEqual(unique([...schemas.values()].flat()));
});

describe.each(workers)("$shortName", ({ shortName, ...worker }) => {
  it("is named for each var of its config, and each setting that its code reads", () => {
    const settings = unique([...Object.keys(worker.vars), ...settingsOf(worker)]);
    expect(settings).toContain("ENVIRONMENT");
    expect(settings.filter((name) => !tells(name, shortName))).toEqual([]);
  });

  it("is deployed after all that it binds to", () => {
    const { services = [], durable_objects: objects } = worker;
    const needed = [...services.map(({ service }) => service), ...objects.bindings.map(({ script_name: script }) => script ?? worker.name)];
    const deployed = [...guide.matchAll(/npx wrangler deploy -c (\S+)/g)].map(([, path]) => workers.find((one) => one.path === path)?.name);
    expect(deployed).toHaveLength(workers.length);
    expect(deployed.slice(0, deployed.indexOf(worker.name) + 1)).toEqual(expect.arrayContaining(needed));
  });
});

test("what it says to make keys with makes API_KEYS", () => {
  const script = /^node -e '(?<script>.*?)^'$/ms.exec(guide)?.groups?.["script"] ?? "";
  const printed = execFileSync(process.execPath, ["-e", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const { apiKeys } = apiKeysEnv.parse({ API_KEYS: printed });
  expect(apiKeys.map(({ role }) => role)).toEqual(["customer", "operator"]);
});
