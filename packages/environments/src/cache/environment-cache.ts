import { AppError, systemClock, tryParseJson } from "@flightdeck/core";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { BuildContext, EnvironmentManagerName, EnvironmentPlan } from "../environment-plan.ts";
import { BuildProgress, folderSizeBytes, type OnEnvironmentProgress } from "./build-progress.ts";
import { withFolderLock } from "./with-folder-lock.ts";

/** An environment in the cache. */
export type CachedEnvironment = EnvironmentManifest & {
  /** The manager and a hash of the definition, such as `uv-1f0e2d3c4b5a6978`. */
  readonly id: string;
  readonly folder: string;
  readonly lastUsedMs: number;
};

/** How to build a missing environment: environment variables, progress callback and cancellation. */
export type EnsureOptions = {
  readonly env: BuildContext["env"];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnEnvironmentProgress | undefined;
  /** The argv of a program to run if our own process is killed during a build. */
  readonly onOrphaned?: readonly string[] | undefined;
};

/** Must change whenever the same definition would be built differently. */
const FORMAT = "1";

/** 64 bits: enough to rule out collisions between the environments of one machine. */
const HASH_DIGITS = 16;

const ID = /^(?:uv|virtualenv|conda|npm)-[0-9a-f]{16}$/;

/** Written last: an environment without it is incomplete. */
const FILE_NAME = "flightdeck-environment.json";

/** Facts about a finished build, stored with the environment. */
type EnvironmentManifest = {
  readonly manager: EnvironmentManagerName;
  /** The definition's file, as the caller named it. */
  readonly source: string;
  /** Deviations from the definition. */
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

/**
 * A user's environments, each in a folder named after its manager and a hash of its definition. Safe for concurrent use by
 * several processes.
 */
export class EnvironmentCache {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** The user's cache: `FLIGHTDECK_ENV_ROOT`, else `flightdeck/envs` in the system's cache folder. */
  static ofUser(env: BuildContext["env"]): EnvironmentCache {
    const { FLIGHTDECK_ENV_ROOT, XDG_CACHE_HOME } = env;
    const caches = XDG_CACHE_HOME || join(env["HOME"] || homedir(), ".cache");
    return new EnvironmentCache(FLIGHTDECK_ENV_ROOT || join(caches, "flightdeck", "envs"));
  }

  /** The environment of a plan; undefined when it has not been built. */
  async find(plan: EnvironmentPlan): Promise<CachedEnvironment | undefined> {
    const id = idOf(plan);
    const folder = join(this.root, id);
    const manifest = await findManifest(folder);
    return manifest !== undefined && plan.isUsable(folder) ? { id, folder, ...manifest } : undefined;
  }

  /**
   * The environment of a plan, which is built first if it is missing, by one process at a time. A failed or cancelled build
   * leaves nothing behind. Throws the errors of the plan's `check` and `build`.
   */
  async ensure(plan: EnvironmentPlan, options: EnsureOptions): Promise<CachedEnvironment> {
    const found = await this.find(plan);
    if (found !== undefined) {
      await touchManifest(found.folder, systemClock.nowMs());
      return found;
    }
    await mkdir(this.root, { recursive: true });
    const progress = new BuildProgress(
      `${plan.source} by ${plan.manager}`,
      options.onProgress ?? (() => undefined),
    );
    const lock = { signal: options.signal, onWait: () => progress.report("waiting") };
    return await withFolderLock(join(this.root, idOf(plan)), lock, async () => {
      return (await this.find(plan)) ?? (await this.#build(plan, options, progress));
    });
  }

  /** All complete environments, most recently used first. */
  async list(): Promise<readonly CachedEnvironment[]> {
    const environments = await Promise.all(
      (await this.ids()).map(async (id) => {
        const folder = join(this.root, id);
        const manifest = await findManifest(folder);
        return manifest === undefined ? undefined : { id, folder, ...manifest };
      }),
    );
    const complete = environments.filter((each) => each !== undefined);
    return complete.toSorted((a, b) => b.lastUsedMs - a.lastUsedMs);
  }

  /** Removes an environment, after waiting for a process that is building it. Throws `RESOURCE_DOES_NOT_EXIST`. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    const ids = await this.ids();
    if (!ids.includes(id)) {
      const existing = ids.length === 0 ? "there are none" : `existing: ${ids.join(", ")}`;
      throw new AppError("RESOURCE_DOES_NOT_EXIST", `no environment "${id}"; ${existing}`);
    }
    await withFolderLock(
      join(this.root, id),
      { signal },
      async () => await removeFolder(join(this.root, id)),
    );
  }

  /** The ids of all environments, complete or not. */
  async ids(): Promise<readonly string[]> {
    const names = await readdir(this.root).catch(() => []);
    return names.filter((name) => ID.test(name)).toSorted();
  }

  async #build(
    plan: EnvironmentPlan,
    { env, signal, onProgress, onOrphaned }: EnsureOptions,
    progress: BuildProgress,
  ): Promise<CachedEnvironment> {
    const id = idOf(plan);
    const folder = join(this.root, id);
    await removeFolder(folder); // May be left over from a build whose process died.
    const context = {
      env,
      signal,
      onOrphaned,
      toolsFolder: join(this.root, "tools"),
      onLine: (line: string) => progress.setLine(line),
    };
    const remarks = await plan.check(env);
    if (onProgress !== undefined) progress.begin(folder, remarks);
    try {
      await plan.build(folder, context);
      const nowMs = systemClock.nowMs();
      const sizeBytes = await folderSizeBytes(folder);
      const { manager, source } = plan;
      const buildMs = progress.elapsedMs();
      const manifest = { manager, source, remarks, createdAtMs: nowMs, buildMs, sizeBytes };
      await writeManifest(folder, manifest);
      progress.dispose(sizeBytes);
      progress.report("ready");
      return { id, folder, ...manifest, lastUsedMs: nowMs };
    } catch (error) {
      progress.dispose();
      await removeFolder(folder);
      progress.report("failed");
      throw error;
    }
  }
}

/** The id of a plan's environment. */
function idOf({ manager, identity }: EnvironmentPlan): string {
  const machine = [FORMAT, process.platform, process.arch];
  const hash = createHash("sha256").update(JSON.stringify([...machine, ...identity]));
  return `${manager}-${hash.digest("hex").slice(0, HASH_DIGITS)}`;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }); // A tool that was just killed may still be writing.
}

/** Undefined for an incomplete environment. The manifest file's mtime is the time of last use. */
async function findManifest(
  folder: string,
): Promise<(EnvironmentManifest & { readonly lastUsedMs: number }) | undefined> {
  const file = join(folder, FILE_NAME);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(tryParseJson(text));
  return parsed.success ? { ...parsed.data, lastUsedMs: (await stat(file)).mtimeMs } : undefined;
}

async function writeManifest(folder: string, manifest: EnvironmentManifest): Promise<void> {
  await writeFile(join(folder, FILE_NAME), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Sets the time of last use. Ignores failures, so that environments on a read-only disk can be used. */
async function touchManifest(folder: string, nowMs: number): Promise<void> {
  await utimes(join(folder, FILE_NAME), nowMs / 1000, nowMs / 1000).catch(() => undefined);
}
