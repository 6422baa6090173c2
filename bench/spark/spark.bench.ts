import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fmin, hp, rand, workerModule } from "@flightdeck/hyperopt";
import { clusterVariables, sparkTrials } from "@flightdeck/spark";
import { pythonWith, startTestSpark, type TestSpark, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const INSTANT = 20;
const SLOW = 10;

export const title = "Trials on a Spark cluster of two workers";

/**
 * Runs both on one cluster, one after the other. A search of one trial measures the fixed cost, which the overhead
 * excludes.
 */
export async function measure(): Promise<BenchTable> {
  const python = valueOf(await pythonWith(here("./requirements.txt")));
  const spark = valueOf(await startTestSpark());
  try {
    await ours(spark, { fn: "instant", trials: 4, parallelism: 2 }); // Warms up the executors and their Node.
    const first = await ours(spark, { fn: "instant", trials: 1, parallelism: 1 });
    const instant = await ours(spark, { fn: "instant", trials: INSTANT + 1, parallelism: 1 });
    const alone = await ours(spark, { fn: "oneSecond", trials: SLOW, parallelism: 1 });
    const both = await ours(spark, { fn: "oneSecond", trials: SLOW, parallelism: 2 });
    const theirs = await hyperopt(python, spark);
    const [, firstTheirs = 0, instantTheirs = 0, aloneTheirs = 0, bothTheirs = 0] = theirs;
    const overhead = (instant - first) / INSTANT;
    const overheadTheirs = (instantTheirs - firstTheirs) / INSTANT;
    const row = (name: string, a: number, b: number): (string | number)[] => [
      name,
      a,
      b,
      `${(b / a).toFixed(2)}×`,
    ];
    return {
      columns: ["", "sparkTrials", "hyperopt 0.3.0's SparkTrials", "ratio"],
      rows: [
        row("search of one instant trial, s", first, firstTheirs),
        row("overhead of each further trial, s", overhead, overheadTheirs),
        row(`${SLOW} trials of 1 s, one at a time, s`, alone, aloneTheirs),
        row(`${SLOW} trials of 1 s, two at a time, s`, both, bothTheirs),
        ["speed-up by two workers", alone / both, aloneTheirs / bothTheirs, ""],
      ],
      notes: [
        `Overhead: a search of ${INSTANT + 1} instant trials less one of 1, by ${INSTANT}; one trial at a time.`,
        "Random search on both sides. Ours goes through Spark Connect, hyperopt's is an application of its own.",
      ],
    };
  } finally {
    await spark.stop();
  }
}

type Search = { readonly fn: "instant" | "oneSecond"; readonly trials: number; readonly parallelism: number };

/** The duration of a search in seconds, from the first request to the end of its session. */
async function ours({ remote }: TestSpark, { fn, trials, parallelism }: Search): Promise<number> {
  const beganMs = performance.now();
  await fmin({
    fn: workerModule<{ x: number }>("./objectives.ts", fn),
    space: { x: hp.uniform("x", 0, 1) },
    algo: rand.suggest,
    executor: sparkTrials({ remote }),
    parallelism,
    maxEvals: trials,
    seed: 1,
  });
  return (performance.now() - beganMs) / 1000;
}

async function hyperopt(python: string, spark: TestSpark): Promise<readonly number[]> {
  const searches = ["4:2:0", "1:1:0", `${INSTANT + 1}:1:0`, `${SLOW}:1:1`, `${SLOW}:2:1`];
  const { variables, pythonPath } = await clusterVariables(spark);
  const env = {
    ...process.env,
    ...variables,
    PYSPARK_PYTHON: python,
    PYTHONPATH: pythonPath.join(delimiter),
  };
  const { stdout } = await run(python, [here("./spark_trials.py"), ...searches], { env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as number[]; // From spark_trials.py.
}
