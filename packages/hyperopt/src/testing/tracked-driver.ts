import { writeSync } from "node:fs";
import { sleep } from "@flightdeck/core";
import { fmin } from "../fmin/fmin.ts";
import * as hp from "../space/hp.ts";
import { suggest as randomly } from "../suggest/rand.ts";

/*
 * A tracked search of 60 trials, for tests that kill it: `node tracked-driver.ts RUN_NAME PARALLELISM`. Prints each trial that
 * ends.
 */
const [, , runName = "", parallelism = "1"] = process.argv;

await fmin({
  fn: async ({ x, y }, { trialId, report }) => {
    for (let step = 0; step < 3; step++) {
      report(x + step, step);
      await sleep(4);
    }
    writeSync(1, `${trialId}\n`);
    return x * x + y;
  },
  space: { x: hp.uniform("x", -5, 5), y: hp.loguniform("y", -5, 0) },
  algo: randomly,
  maxEvals: 60,
  seed: 12,
  parallelism: Number(parallelism),
  track: { experiment: "killed", runName },
});
