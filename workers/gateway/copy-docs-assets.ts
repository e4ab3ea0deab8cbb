/** Copies the files of Swagger UI that /docs needs from its npm package into the gateway's static files. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const files = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "LICENSE", "NOTICE"];
const target = join(import.meta.dirname, "public/docs/vendor");

/** Idempotent; a few milliseconds. Run before the gateway's static files are served or deployed; wrangler does it by itself. */
export async function copyDocsAssets(): Promise<void> {
  const source = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  await mkdir(target, { recursive: true });
  await Promise.all(files.map((file) => copyWhenChanged(join(source, file), join(target, file))));
}

/** `wrangler dev` builds again when a file under workers/gateway is written: what is the same must not be. */
async function copyWhenChanged(from: string, to: string): Promise<void> {
  const [wanted, present] = await Promise.all([readFile(from), readFile(to).catch(() => undefined)]);
  if (!present?.equals(wanted)) await writeFile(to, wanted);
}

if (import.meta.main) await copyDocsAssets();
