/** `node build.ts DIRECTORY`: bundles every Worker of the project into it, with the plan that `startFleet` runs. */
import { workerConfigs } from "../../local/project.ts";
import { planFleet } from "../../local/workers/fleet-plan.ts";

const [buildDir] = process.argv.slice(2);
if (buildDir === undefined) throw new Error("usage: build.ts DIRECTORY");
await planFleet({ configs: workerConfigs, buildDir });
process.exit(0);
