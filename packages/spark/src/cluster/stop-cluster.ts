import { cancelDetached } from "@flightdeck/compute";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { findProgramOf, findRecord, rolesOf, type Role, runningRoles } from "./cluster-folder.ts";

/** The result of stopping a cluster. */
export type StoppedCluster = {
  /** The programs that were running; empty if none were. */
  readonly stopped: readonly Role[];
};

/**
 * Stops all programs of the cluster in a folder, including their child processes, and removes the folder. Running
 * applications are killed. Not an error if there is no cluster.
 */
export async function stopCluster(given: string): Promise<StoppedCluster> {
  const folder = resolve(given);
  const record = await findRecord(folder);
  if (record === undefined) return { stopped: [] };
  const stopped = await runningRoles(folder, record.workers);
  await Promise.all(
    rolesOf(record.workers).map(async (role) => {
      const program = await findProgramOf(folder, role);
      if (program !== undefined) await cancelDetached(program);
    }),
  );
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  return { stopped };
}
