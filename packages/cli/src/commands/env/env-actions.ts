import { AppError } from "@flightdeck/core";
import { EnvironmentCache, planEnvironment, readDefinition } from "@flightdeck/environments";
import { formatBytes } from "../../output/format-bytes.ts";
import { formatTime } from "../../output/format-time.ts";
import { note, printJson, printLine } from "../../output/print.ts";
import { printRecords } from "../../output/print-table.ts";
import { printResult } from "../../output/print-result.ts";
import { showEnvironment } from "../../output/show-environment.ts";
import { watchStopSignals } from "../../process/stop-signals.ts";
import type { JsonFlag } from "../json-option.ts";

export type CreateFlags = JsonFlag & {
  readonly file: string;
  readonly envManager?: string;
  readonly bestEffort?: boolean;
};
export type ListFlags = JsonFlag;
export type RemoveFlags = JsonFlag & { readonly all?: boolean };

/** Builds an environment unless it is there, and prints where it is. */
export async function createEnvironment({
  file,
  envManager,
  bestEffort = false,
  json,
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
    printResult(json, folder, { id, folder });
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

export async function removeEnvironments(
  given: readonly string[],
  { all, json }: RemoveFlags,
): Promise<void> {
  const cache = EnvironmentCache.ofUser(process.env);
  if ((given.length === 0) === (all !== true)) {
    throw new AppError("INVALID_PARAMETER_VALUE", "name the environments to remove, or pass --all");
  }
  const ids = all ? await cache.ids() : given;
  for (const id of ids) {
    await cache.remove(id);
    if (!json) printLine(`Environment ${id} has been removed.`);
  }
  if (json) printJson({ removed: ids });
}
