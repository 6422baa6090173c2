import { identifyProcess, isRunning, type ProcessIdentity } from "@flightdeck/compute";
import { newId } from "@flightdeck/core";
import type { JobOwner } from "@flightdeck/store";
import { readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** Servers of this very process: tests start several. */
const LIVE_HERE = new Set<string>();

type ServerProcess = ProcessIdentity & { readonly hostname: string };

/** This server process as the owner of runs, under a new name. Until `forgetServer` it counts as running. */
export async function identifyServer(): Promise<JobOwner> {
  const identity = (await identifyProcess(process.pid)) ?? { pid: process.pid, startTime: "", bootId: "" };
  const ownerId = newId();
  LIVE_HERE.add(ownerId);
  return {
    ownerId,
    host: await hostOf(identity.bootId),
    process: { ...identity, hostname: hostname() },
  };
}

export function forgetServer({ ownerId }: JobOwner): void {
  LIVE_HERE.delete(ownerId);
}

/** Whether another server, of the same host as this one, has ended. */
export async function hasEnded({ ownerId, process: document }: JobOwner): Promise<boolean> {
  const other = document as ServerProcess; // Servers of the same database write nothing else.
  if (!(await isRunning(other))) return true;
  return other.pid === process.pid && !LIVE_HERE.has(ownerId);
}

/** The owner in a sentence for whoever asks what became of a run. */
export function describeOwner({ process: document }: JobOwner): string {
  const { pid, hostname: name } = document as ServerProcess; // As above.
  return `process ${pid} of ${name}`;
}

/** Processes see each other when kernel and process namespace are the same; containers of one machine do not. */
async function hostOf(bootId: string): Promise<string> {
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return `${bootId} ${namespace} ${hostname()}`;
}
