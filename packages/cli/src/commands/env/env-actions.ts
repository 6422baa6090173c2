import { AppError } from "@flightdeck/core";
import { EnvironmentCache, planEnvironment, readDefinition } from "@flightdeck/projects";
import { formatBytes } from "../../output/format-bytes.ts";
import { formatTime } from "../../output/format-time.ts";
import { note, printLine } from "../../output/print.ts";
import { printRecords } from "../../output/print-table.ts";
import { showEnvironment } from "../../output/show-environment.ts";
import { watchStopSignals } from "../../process/stop-signals.ts";

export type CreateFlags = {
  readonly file: string;
  readonly envManager?: string;
  readonly bestEffort?: boolean;
};
export type ListFlags = { readonly json?: boolean };
export type RemoveFlags = { readonly all?: boolean };

/** Builds an environment unless it is there, and prints where it is. */
export async function createEnvironment({
  file,
  envManager,
  bestEffort = false,
}: CreateFlags): Promise<void> {
  const { env } = process;
  const plan = await planEnvironment(await readDefinition({ path: file }), { envManager, bestEffort, env });
  const cache = EnvironmentCache.ofUser(env);
  (await cache.find(plan))?.remarks.forEach(note); // Else they are shown as it is built.
  const stop = watchStopSignals();
  try {
    const { signal } = stop;
    const { id, folder } = await cache.ensure(plan, { env, signal, onProgress: showEnvironment() });
    note(`environment ${id} is ready; to use it in a shell: ${usageOf(plan.manager, folder)}`);
    printLine(folder);
  } finally {
    stop.dispose();
  }
}

function usageOf(manager: string, folder: string): string {
  if (manager === "npm") return `export PATH=${folder}/node_modules/.bin:$PATH`;
  return manager === "conda" ? `conda activate ${folder}` : `source ${folder}/bin/activate`;
}

export async function listEnvironments({ json }: ListFlags): Promise<void> {
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

export async function removeEnvironments(given: readonly string[], { all }: RemoveFlags): Promise<void> {
  const cache = EnvironmentCache.ofUser(process.env);
  if ((given.length === 0) === (all !== true)) {
    throw new AppError("INVALID_PARAMETER_VALUE", "name the environments to remove, or pass --all");
  }
  for (const id of all ? await cache.ids() : given) {
    await cache.remove(id);
    printLine(`Environment ${id} has been removed.`);
  }
}
