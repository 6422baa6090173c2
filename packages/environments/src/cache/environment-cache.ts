import { AppError, systemClock } from "@flightdeck/core";
import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { BuildContext, EnvironmentPlan } from "../managers/environment-manager.ts";
import { BuildProgress, type OnEnvironmentProgress } from "./build-progress.ts";
import {
  findManifest,
  touchManifest,
  writeManifest,
  type EnvironmentManifest,
} from "./environment-manifest.ts";
import { folderSizeBytes } from "./folder-size.ts";
import { withFolderLock } from "./with-folder-lock.ts";

/** An environment that is there. */
export type CachedEnvironment = EnvironmentManifest & {
  /** The manager and the hash of what defines it, such as `uv-1f0e2d3c4b5a6978`. */
  readonly id: string;
  readonly folder: string;
  readonly lastUsedMs: number;
};

export type EnsureOptions = {
  readonly env: BuildContext["env"];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnEnvironmentProgress | undefined;
  /** Program and arguments to run when our own process was killed in the middle of a build. */
  readonly onOrphaned?: readonly string[] | undefined;
};

/** Changes when the same definition would be built differently. */
const FORMAT = "1";
/** 64 bits: no two of a machine's environments ever meet. */
const HASH_DIGITS = 16;
const ID = /^(?:uv|virtualenv|conda|npm)-[0-9a-f]{16}$/;

/**
 * The environments of a user, each in a folder named after its manager and the hash of what defines it. Several processes
 * may use it at once.
 */
export class EnvironmentCache {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** The user's: `FLIGHTDECK_ENV_ROOT`, else `flightdeck/envs` in the folder that the system has for caches. */
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
   * The environment of a plan, built first when it is not there, by one process at a time. A build that fails or is
   * cancelled leaves nothing. Throws as the plan's `build`.
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
    const lock = { signal: options.signal, onWait: () => progress.tell("waiting") };
    return await withFolderLock(join(this.root, idOf(plan)), lock, async () => {
      return (await this.find(plan)) ?? (await this.build(plan, options, progress));
    });
  }

  /** All that are complete, the one used last first. */
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

  /** Removes an environment, once no process builds it. Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    const ids = await this.ids();
    if (!ids.includes(id)) {
      const there = ids.length === 0 ? "there is none" : `there is ${ids.join(", ")}`;
      throw new AppError("RESOURCE_DOES_NOT_EXIST", `no environment "${id}"; ${there}`);
    }
    await withFolderLock(
      join(this.root, id),
      { signal },
      async () => await removeFolder(join(this.root, id)),
    );
  }

  /** Complete or not. */
  async ids(): Promise<readonly string[]> {
    const names = await readdir(this.root).catch(() => []);
    return names.filter((name) => ID.test(name)).toSorted();
  }

  private async build(
    plan: EnvironmentPlan,
    { env, signal, onProgress, onOrphaned }: EnsureOptions,
    progress: BuildProgress,
  ): Promise<CachedEnvironment> {
    const id = idOf(plan);
    const folder = join(this.root, id);
    await removeFolder(folder); // What a process left that died while it was building.
    const context = {
      env,
      signal,
      onOrphaned,
      toolsFolder: join(this.root, "tools"),
      onLine: (line: string) => progress.say(line),
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
      progress.tell("ready");
      return { id, folder, ...manifest, lastUsedMs: nowMs };
    } catch (error) {
      progress.dispose();
      await removeFolder(folder);
      progress.tell("failed");
      throw error;
    }
  }
}

/** The name under which the environment of a plan is kept. */
function idOf({ manager, identity }: EnvironmentPlan): string {
  const machine = [FORMAT, process.platform, process.arch];
  const hash = createHash("sha256").update(JSON.stringify([...machine, ...identity]));
  return `${manager}-${hash.digest("hex").slice(0, HASH_DIGITS)}`;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }); // A tool that was just killed may still write.
}
