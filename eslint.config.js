/**
 * The linter: strict typed rules, the layers of the architecture, and sizes. `scripts/lint-layers.test.ts` proves that
 * every layer rule bites.
 */
import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import globals from "globals";
import tseslint from "typescript-eslint";

const typescript = ["**/*.ts"];
/** Tests, and what only they use: these may import anything. */
const tests = ["**/*.test.ts", "**/testing/**/*.ts", "workers/gateway/console.*.ts"];
/** What runs in workerd: web-standard APIs only. */
const runtime = ["workers/**/*.ts", "durable-objects/**/*.ts", "shared/**/*.ts"];
/** Node code that stands beside the Worker it serves. */
const nodeInRuntime = ["workers/gateway/copy-docs-assets.ts"];
const workerNames = ["gateway", "orders", "inventory", "payment", "notifications", "ops"];
const oneMachine = ["./local", "./scripts", "./bench", "./proofs"];
/** The types of the Stripe SDK bring Node's along, so the compiler knows these everywhere. */
const nodeGlobals = ["process", "Buffer", "global", "require", "setImmediate", "__dirname", "__filename"];
const noClearedTimers = "A timer that an object clears is kept as long as the object lives: see durable-objects/kernel/deadlines.ts.";

/** Which folder may not import from which: workers -> durable-objects -> shared, and shared/domain from nowhere else. */
const layers = [
  {
    target: "./shared/domain",
    from: "./",
    except: ["./shared/domain"],
    message: "shared/domain is pure: it imports only itself, not even a package.",
  },
  { target: "./shared", from: ["./durable-objects", "./workers", ...oneMachine], message: "shared imports only shared." },
  { target: "./durable-objects", from: ["./workers", ...oneMachine], message: "durable-objects imports only itself and shared." },
  { target: "./workers", from: oneMachine, message: "What is deployed imports nothing from what is not." },
  ...workerNames.map((name) => ({
    target: `./workers/${name}`,
    from: "./workers",
    except: [`./${name}`],
    message: "A Worker imports no other Worker: they speak over bindings, with the contracts in shared/contracts.",
  })),
  { target: "./durable-objects", from: "./shared/platform/deadline.ts", message: noClearedTimers },
  ...["./workers", "./durable-objects", "./shared"].map((target) => ({
    target,
    from: "./shared/testing",
    message: "What only tests need is imported by tests only.",
  })),
];

export default tseslint.config(
  {
    ignores: [
      "**/bindings.d.ts",
      "**/.wrangler/",
      ".local/",
      "dist/",
      "coverage/",
      "workers/gateway/public/docs/vendor/",
      // On packages that only bench/peers installs; its own `npm run check` lints them.
      "bench/peers/*/app/",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // A row's member is a string, a number, null or an ArrayBuffer to the compiler; its column is declared TEXT.
      "@typescript-eslint/no-base-to-string": ["error", { ignoredTypeNames: ["ArrayBuffer"] }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
      // It asks for the `!` that no-non-null-assertion forbids.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
      // A variable of the environment that is empty counts as not set: `||` says so.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      // `plainRpc<Api>(stub)` says once what the other side implements; a cast would say it no better.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // An RPC method is async so that what it throws becomes a rejection, with or without an await in it.
      "@typescript-eslint/require-await": "off",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: [...typescript, "workers/gateway/public/**/*.js"],
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver()], "import-x/parsers": { "@typescript-eslint/parser": [".ts"] } },
    rules: {
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-self-import": "error",
      "import-x/no-duplicates": "error",
    },
  },
  {
    files: runtime,
    ignores: tests,
    plugins: { "import-x": importX },
    rules: { "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: layers }] },
  },
  {
    files: runtime,
    ignores: [...tests, ...nodeInRuntime],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [{ group: ["node:*"], message: "Workers run without nodejs_compat: use web-standard APIs." }],
          paths: [{ name: "cloudflare:workers", importNames: ["env"], message: "Bindings are passed in, as a narrow interface." }],
        },
      ],
      "no-restricted-globals": ["error", ...nodeGlobals],
    },
  },
  {
    files: ["durable-objects/**/*.ts"],
    ignores: tests,
    rules: { "no-restricted-globals": ["error", ...nodeGlobals, { name: "clearTimeout", message: noClearedTimers }] },
  },
  {
    files: runtime,
    ignores: [...tests, ...nodeInRuntime, "shared/platform/logger.ts"],
    rules: { "no-console": "error" },
  },
  {
    // A test file is as long as its table, a describe block as its tests; a stand-in has empty methods and no class.
    files: tests,
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
  {
    // wrangler's published types name packages that are not published, so what its config API answers has no type.
    files: ["local/dev-crons.ts", "local/workers/fleet.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    // A view's mount function holds its event handlers, so it is longer than a function of the core may be.
    files: ["workers/gateway/public/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  { files: ["*.js"], languageOptions: { globals: globals.nodeBuiltin } },
);
