import { sleep } from "@flightdeck/core";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { endGroup } from "../process/process-group.ts";
import type { DetachedProcess } from "./detached-process.ts";
import { isRunning, isThisBoot } from "./process-identity.ts";

/** How a detached program ended; `lost` when nobody saw it. */
export type DetachedEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "lost"; readonly reason: string };

/** A look costs two small files; nobody notices a tenth of a second at the end of a job. */
const POLL_MS = 100;

/**
 * Resolves when the program has ended, and all that it started with it. Any process may wait, any number of times. Throws
 * `CANCELLED` when `signal` fires, which does nothing to the program.
 */
export async function waitForDetached(detached: DetachedProcess, signal?: AbortSignal): Promise<DetachedEnd> {
  for (;;) {
    const end = await findEnd(detached);
    if (end !== undefined) return end;
    await sleep(POLL_MS, signal);
  }
}

/** Undefined while it runs. */
export async function findEnd(detached: DetachedProcess): Promise<DetachedEnd | undefined> {
  // In this order: the supervisor writes the exit code before it ends.
  const runs = await isRunning(detached.supervisor);
  const exitCode = await findExitCode(detached.folder);
  if (exitCode !== undefined) return { kind: "exited", exitCode };
  return runs ? undefined : await lost(detached);
}

async function findExitCode(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, "exit"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text);
}

async function lost({ supervisor, marker }: DetachedProcess): Promise<DetachedEnd> {
  if (!(await isThisBoot(supervisor.bootId))) {
    return { kind: "lost", reason: "the machine was started anew while it ran" };
  }
  // Its group's id may be another's by now.
  await endGroup({ leaderPid: undefined, marker }, 0);
  return {
    kind: "lost",
    reason: "the process that watched over it was killed; what was left of it has been ended",
  };
}
