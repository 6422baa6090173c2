import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EnvironmentManagerName } from "../managers/environment-manager.ts";

/** Written last: an environment without it is not complete. */
const FILE_NAME = "flightdeck-environment.json";

/** What is known of an environment that was built. */
export type EnvironmentManifest = {
  readonly manager: EnvironmentManagerName;
  /** The defining file, as it was named. */
  readonly source: string;
  /** What is not as the file asks, and what stands for what. */
  readonly remarks: readonly string[];
  readonly createdAtMs: number;
  readonly buildMs: number;
  readonly sizeBytes: number;
};

const schema: z.ZodType<EnvironmentManifest> = z.object({
  manager: z.enum(["uv", "virtualenv", "conda", "npm"]),
  source: z.string(),
  remarks: z.array(z.string()),
  createdAtMs: z.number(),
  buildMs: z.number(),
  sizeBytes: z.number(),
});

/** Undefined for a folder whose environment is not complete. Its file's time is when the environment was last used. */
export async function findManifest(
  folder: string,
): Promise<(EnvironmentManifest & { readonly lastUsedMs: number }) | undefined> {
  const file = join(folder, FILE_NAME);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(jsonOf(text));
  return parsed.success ? { ...parsed.data, lastUsedMs: (await stat(file)).mtimeMs } : undefined;
}

export async function writeManifest(folder: string, manifest: EnvironmentManifest): Promise<void> {
  await writeFile(join(folder, FILE_NAME), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Notes that an environment is used now. One on a read-only disk is used all the same. */
export async function touchManifest(folder: string, nowMs: number): Promise<void> {
  await utimes(join(folder, FILE_NAME), nowMs / 1000, nowMs / 1000).catch(() => undefined);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Half-written: the process died.
  }
}
