import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@flightdeck/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EnvironmentPlan } from "../environment-plan.ts";
import type { EnvironmentProgress } from "./build-progress.ts";
import { EnvironmentCache } from "./environment-cache.ts";
import { withFolderLock } from "./with-folder-lock.ts";

let root: string;
let cache: EnvironmentCache;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "environments-"));
  cache = new EnvironmentCache(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** An environment with a single file. */
function planOf(text: string, build?: EnvironmentPlan["build"]): EnvironmentPlan {
  return {
    manager: "uv",
    source: "python_env.yaml",
    identity: [text],
    check: async () => [`remark on ${text}`],
    isUsable: () => true,
    activation: () => ({ path: [], variables: {} }),
    build:
      build ??
      (async (folder, { onLine }) => {
        onLine?.("writing");
        await mkdir(folder);
        await writeFile(join(folder, "content"), text);
      }),
  };
}

const options = { env: {} };

test("an environment is built once, found again, listed and removed", async () => {
  const seen: EnvironmentProgress[] = [];
  const plan = planOf("a");
  expect(await cache.find(plan)).toBeUndefined();
  const built = await cache.ensure(plan, { ...options, onProgress: (progress) => seen.push(progress) });
  expect(built).toMatchObject({
    manager: "uv",
    source: "python_env.yaml",
    sizeBytes: 1,
    remarks: ["remark on a"],
  });
  expect(built.id).toMatch(/^uv-[0-9a-f]{16}$/);
  expect(await readFile(join(built.folder, "content"), "utf8")).toBe("a");
  expect(seen.map(({ phase }) => phase)).toEqual(["building", "ready"]);
  expect(seen.at(-1)).toMatchObject({ title: "python_env.yaml by uv", line: "writing", sizeBytes: 1 });
  const again = planOf("a", () => Promise.reject(new TypeError("must not be built again")));
  expect(await cache.ensure(again, options)).toMatchObject({ id: built.id });
  const other = await cache.ensure(planOf("b"), options);
  expect((await cache.list()).map(({ id }) => id).toSorted()).toEqual([built.id, other.id].toSorted());
  await cache.remove(built.id);
  expect((await cache.list()).map(({ id }) => id)).toEqual([other.id]);
  await expect(cache.remove(built.id)).rejects.toThrow(`no environment "${built.id}"; existing: ${other.id}`);
  await expect(cache.remove("../x")).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
});

test("a failed build leaves nothing behind, and an interrupted one is repeated", async () => {
  const failing = planOf("a", async (folder) => {
    await mkdir(folder);
    throw new TypeError("disk full");
  });
  const phases: string[] = [];
  const onProgress = ({ phase }: EnvironmentProgress): void => void phases.push(phase);
  await expect(cache.ensure(failing, { ...options, onProgress })).rejects.toThrow("disk full");
  expect(phases).toEqual(["building", "failed"]);
  expect(await cache.ids()).toEqual([]);
  const { id, folder } = await cache.ensure(planOf("a"), options);
  await rm(join(folder, "flightdeck-environment.json"));
  await writeFile(join(folder, "half"), "");
  expect(await cache.list()).toEqual([]);
  expect(await cache.ensure(planOf("a"), options)).toMatchObject({ id });
  expect((await readdir(folder)).toSorted()).toEqual(["content", "flightdeck-environment.json"]);
});

test("two callers at the same time build once, and the second reports that it waits", async () => {
  let builds = 0;
  const slow = planOf("a", async (folder) => {
    builds += 1;
    await sleep(300);
    await mkdir(folder);
  });
  const phases: string[] = [];
  const first = cache.ensure(slow, options);
  await sleep(50);
  const onProgress = ({ phase }: EnvironmentProgress): void => void phases.push(phase);
  const second = new EnvironmentCache(root).ensure(slow, { ...options, onProgress });
  expect((await first).id).toBe((await second).id);
  expect([builds, phases]).toEqual([1, ["waiting"]]);
});

test("waiting for a lock can be cancelled, and a killed process releases its lock", async () => {
  const folder = join(root, "x");
  const holder = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `
      import { withFolderLock } from ${JSON.stringify(join(import.meta.dirname, "with-folder-lock.ts"))};
      await withFolderLock(${JSON.stringify(folder)}, {}, async () => { console.log("held"); await new Promise((resolve) => setTimeout(resolve, 60_000)); });
    `,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(holder.stdout, "data");
  const stop = new AbortController();
  const waiting = withFolderLock(
    folder,
    { signal: stop.signal, onWait: () => stop.abort() },
    async () => "in",
  );
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  const next = withFolderLock(folder, { onWait: () => void holder.kill("SIGKILL") }, async () => "in");
  expect(await next).toBe("in");
});

test("the user's cache is in the system's cache folder unless FLIGHTDECK_ENV_ROOT is set", () => {
  expect(EnvironmentCache.ofUser({ HOME: "/h" }).root).toBe("/h/.cache/flightdeck/envs");
  expect(EnvironmentCache.ofUser({ HOME: "/h", XDG_CACHE_HOME: "/c" }).root).toBe("/c/flightdeck/envs");
  expect(EnvironmentCache.ofUser({ FLIGHTDECK_ENV_ROOT: "/e" }).root).toBe("/e");
});
