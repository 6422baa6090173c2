import { AppError } from "@flightdeck/core";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ProcessIdentity } from "./process-identity.ts";

/**
 * A program that runs beside us and outlives us. Plain data: kept by one process, it serves another later, which finds the
 * program again, or finds that it is gone, however often pids were given anew.
 */
export type DetachedProcess = {
  /** The shell that watches the program and writes down how it ends. */
  readonly supervisor: ProcessIdentity;
  /** Found in the environment of all that the program started. */
  readonly marker: string;
  /** Absolute. Holds `stdout`, `stderr` and, when it has ended, `exit`. */
  readonly folder: string;
};

const identity = { pid: z.int().positive(), startTime: z.string().min(1), bootId: z.string() };
const MARKER = /^[0-9a-f]{32}$/; // As `newId` makes them: one that matched other processes would end them.
const writtenSchema = z.object({ ...identity, marker: z.string().regex(MARKER) });
const detachedSchema = z.object({
  supervisor: z.object(identity),
  marker: z.string().regex(MARKER),
  folder: z.string().startsWith("/"),
});

/** Reads what `startDetached` gave, from wherever it was kept. Throws `INVALID_STATE` for anything else. */
export function parseDetachedProcess(value: unknown): DetachedProcess {
  const parsed = detachedSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("INVALID_STATE", `no detached process is named by ${JSON.stringify(value)}`);
}

/**
 * The process that was started in a folder, running or not, also when whoever started it died before it could keep what it
 * was given. Undefined when none was.
 */
export async function findDetached(folder: string): Promise<DetachedProcess | undefined> {
  const text = await readFile(join(folder, "process"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { marker, ...supervisor } = writtenSchema.parse(JSON.parse(text)); // Moved into place whole, by us.
  return { supervisor, marker, folder };
}
