import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SparkCluster } from "@flightdeck/spark";
import { type Part, part, REPOSITORY_ROOT } from "./python.ts";

/** A Spark cluster for tests. */
export type TestSpark = SparkCluster & { stop(): Promise<void> };

/** Environments are kept in one git-ignored folder, so that later test runs reuse them. */
const ENV_ROOT = join(REPOSITORY_ROOT, ".tools", "envs");

/**
 * Starts a real Spark cluster on free ports: two workers with two cores each. Starting it takes most of a suite's time,
 * so the tests of a file share one. Missing if there is neither `SPARK_HOME` nor a package registry.
 */
export async function startTestSpark(): Promise<Part<TestSpark>> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-spark-"));
  const env = { FLIGHTDECK_ENV_ROOT: ENV_ROOT, ...process.env };
  const { startCluster, stopCluster } = await import("@flightdeck/spark"); // Imported lazily, since most tests do not need it.
  return await part("Spark", async () => {
    const ports = { port: 0, masterPort: 0 };
    const cluster = await startCluster({
      folder,
      workers: 2,
      coresPerWorker: 2,
      memoryMb: 512,
      ...ports,
      env,
    });
    return {
      ...cluster,
      stop: async () => {
        await stopCluster(folder);
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
}
