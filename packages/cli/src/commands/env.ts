import { invalid } from "@flightdeck/core";
import { EnvironmentCache, planEnvironment, readDefinition } from "@flightdeck/environments";
import type { Command } from "commander";
import { formatBytes, formatTime } from "../output/format.ts";
import { note, printJson, printLine, printRecords, printResult } from "../output/print.ts";
import { showEnvironment } from "../output/progress.ts";
import { watchStopSignals } from "../stop-signals.ts";
import { BEST_EFFORT_OPTION, ENV_MANAGER_OPTION, JSON_OPTION, type JsonFlag } from "./options.ts";

type CreateFlags = JsonFlag & {
  readonly file: string;
  readonly envManager?: string | undefined;
  readonly bestEffort?: boolean | undefined;
};

type ListFlags = JsonFlag;

type RemoveFlags = JsonFlag & { readonly all?: boolean | undefined };

/** `flightdeck env …`: manages the environments that projects run in. */
export function defineEnv(env: Command): void {
  env
    .command("create")
    .description("Build an environment from a conda file, a python_env.yaml or a package.json.")
    .requiredOption("-f, --file <FILE>", "File that defines the environment.")
    .option(...ENV_MANAGER_OPTION)
    .option(...BEST_EFFORT_OPTION)
    .option(...JSON_OPTION)
    .action(createEnvironment);
  env
    .command("list")
    .description("List the environments, most recently used first.")
    .option(...JSON_OPTION)
    .action(listEnvironments);
  env
    .command("remove")
    .description("Remove environments; projects rebuild them when needed.")
    .argument("[ID...]", "Ids of environments, as shown by list.")
    .option("--all", "Remove all environments.")
    .option(...JSON_OPTION)
    .action(removeEnvironments);
}

/** Builds an environment unless it exists, and prints its folder. */
async function createEnvironment({ file, envManager, bestEffort = false, json }: CreateFlags): Promise<void> {
  const { env } = process;
  const plan = await planEnvironment(await readDefinition({ path: file }), { envManager, bestEffort, env });
  const cache = EnvironmentCache.ofUser(env);
  (await cache.find(plan))?.remarks.forEach(note); // Otherwise they are shown during the build.
  const stop = watchStopSignals();
  try {
    const { signal } = stop;
    const { id, folder } = await cache.ensure(plan, { env, signal, onProgress: showEnvironment() });
    note(`environment ${id} is ready; to use it in a shell: ${usageOf(plan.manager, folder)}`);
    printResult(json, folder, { id, folder });
  } finally {
    stop.dispose();
  }
}

function usageOf(manager: string, folder: string): string {
  if (manager === "npm") return `export PATH=${folder}/node_modules/.bin:$PATH`;
  return manager === "conda" ? `conda activate ${folder}` : `source ${folder}/bin/activate`;
}

async function listEnvironments({ json }: ListFlags): Promise<void> {
  const environments = await EnvironmentCache.ofUser(process.env).list();
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Id", "Defined by", "Size", "Last used", "Folder"],
    rows: environments.map(({ id, source, sizeBytes, lastUsedMs, folder }) => [
      id,
      source,
      formatBytes(sizeBytes),
      formatTime(lastUsedMs),
      folder,
    ]),
  });
  printRecords(json, table, environments);
}

async function removeEnvironments(given: readonly string[], { all, json }: RemoveFlags): Promise<void> {
  const cache = EnvironmentCache.ofUser(process.env);
  if ((given.length === 0) === (all !== true)) {
    throw invalid("name the environments to remove, or pass --all");
  }
  const ids = all ? await cache.ids() : given;
  for (const id of ids) {
    await cache.remove(id);
    if (!json) printLine(`Environment ${id} has been removed.`);
  }
  if (json) printJson({ removed: ids });
}
