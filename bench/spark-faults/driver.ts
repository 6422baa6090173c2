import { fmin, hp, rand, workerModule } from "@flightdeck/hyperopt";
import { sparkTrials } from "@flightdeck/spark";

/* A search that prints the number of each trial when it gets its result; started by spark-faults.bench.ts. */

const [trialsSaveFile = "", maxEvals = ""] = process.argv.slice(2);
/** Not an argument, which every user of the machine could read, because it contains a token. */
const remote = process.env["SPARK_REMOTE"] ?? "";
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
try {
  await fmin({
    fn: workerModule<{ x: number }>("../spark/objectives.ts", "oneSecond"),
    space: { x: hp.uniform("x", 0, 1) },
    algo: rand.suggest,
    executor: sparkTrials({ remote }),
    parallelism: 2,
    maxEvals: Number(maxEvals),
    seed: 1,
    trialsSaveFile,
    signal: stop.signal,
    onTrial: ({ tid, result }) => {
      if (result.loss !== undefined) console.log(tid);
    },
  });
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
