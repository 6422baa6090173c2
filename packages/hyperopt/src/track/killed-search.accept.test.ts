import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MlflowClient } from "@flightdeck/client";
import { Random, sleep } from "@flightdeck/core";
import type { Run } from "@flightdeck/protocol";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { fmin } from "../fmin/fmin.ts";
import * as hp from "../space/hp.ts";
import { suggest as randomly } from "../suggest/rand.ts";
import { Trials } from "../trials/trials.ts";

/* Kills a search with SIGKILL at random moments; only the tracking server's data survives. */

const TRIAL_COUNT = 60;
const DRIVER = fileURLToPath(new URL("../testing/tracked-driver.ts", import.meta.url));

let server: TestServer;
let client: MlflowClient;

beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
});
afterAll(() => server.close());

test.each([
  { parallelism: 1, kills: 10 },
  { parallelism: 3, kills: 4 },
])(
  "killed $kills times, $parallelism trials at once: 60 finished, none twice, drawn as if unbroken",
  async ({ parallelism, kills }) => {
    const runName = `killed-${parallelism}`;
    const seed = Date.now();
    const random = new Random(seed);
    for (let kill = 0; kill < kills; kill++) {
      const driver = drive(runName, parallelism);
      // Kill either after the first trial has ended, or before.
      if (kill % 3 === 0) await sleep(random.nextFloat() * 1500);
      else await firstTrialOf(driver);
      await sleep(random.nextFloat() * 150);
      driver.kill("SIGKILL");
      await ended(driver);
    }
    expect(await ended(drive(runName, parallelism))).toBe(0);
    await expectWhole(runName, `seed of the kills: ${seed}`);
  },
);

test("if two processes resume the same search, one of them is refused", async () => {
  const runName = "contended";
  const first = drive(runName, 1);
  await firstTrialOf(first);
  first.kill("SIGKILL");
  await ended(first);
  const codes = await Promise.all([drive(runName, 1), drive(runName, 1), drive(runName, 1)].map(ended));
  expect(codes.toSorted((a, b) => Number(a) - Number(b))).toEqual([0, 1, 1]);
  await expectWhole(runName);
});

test("a search survives a temporary outage of the server", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "flightdeck-outage-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startTestServer({ dataDir });
  const driver = drive("outage", 1, first.url);
  await firstTrialOf(driver);
  await first.close();
  await sleep(500);
  const second = await startTestServer({ dataDir, port: Number(new URL(first.url).port) });
  onTestFinished(() => second.close());
  expect(await ended(driver)).toBe(0);
  await expectWhole("outage", "", new MlflowClient({ trackingUri: second.url }));
});

function drive(runName: string, parallelism: number, url = server.url): ChildProcess {
  const driver = spawn(process.execPath, [DRIVER, runName, String(parallelism)], {
    env: { ...process.env, MLFLOW_TRACKING_URI: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  driver.stderr?.resume();
  onTestFinished(() => void driver.kill("SIGKILL"));
  return driver;
}

async function firstTrialOf(driver: ChildProcess): Promise<void> {
  await Promise.race([once(driver.stdout!, "data"), ended(driver)]);
}

async function ended(driver: ChildProcess): Promise<number | null> {
  driver.stdout?.resume();
  if (driver.exitCode === null && driver.signalCode === null) await once(driver, "exit");
  return driver.exitCode;
}

async function expectWhole(runName: string, hint = "", from = client): Promise<void> {
  const { experimentId } = await from.getExperimentByName("killed");
  const { items: parents } = await from.searchRuns({
    experimentIds: [experimentId],
    filter: `attributes.run_name = '${runName}'`,
  });
  expect(parents.map(({ info }) => info.status)).toEqual(["FINISHED"]);
  const { items } = await from.searchRuns({
    experimentIds: [experimentId],
    filter: `tags.\`mlflow.parentRunId\` = '${parents[0]!.info.runId}'`,
    maxResults: 5000,
  });
  const finished = items.filter(({ info }) => info.status === "FINISHED");
  const byTrial = new Map(finished.map((run) => [trialOf(run), run]));
  expect(finished, hint).toHaveLength(TRIAL_COUNT);
  expect(byTrial.size, hint).toBe(TRIAL_COUNT);
  // No interrupted run is left as RUNNING.
  expect(items.filter(({ info }) => info.status === "RUNNING")).toEqual([]);
  const unbroken = await unbrokenSearch();
  for (const [tid, run] of byTrial) {
    const params = Object.fromEntries(run.data.params.map(({ key, value }) => [key, Number(value)]));
    expect(params, `trial ${tid}`).toEqual(unbroken[tid]);
    expect(run.data.metrics.map(({ key }) => key).toSorted()).toEqual(["duration_s", "loss", "reported"]);
  }
}

const trialOf = ({ data }: Run): number =>
  Number(data.tags.find(({ key }) => key === "flightdeck.trial")?.value);

async function unbrokenSearch(): Promise<Record<string, number>[]> {
  const trials = new Trials();
  await fmin({
    fn: () => 0,
    space: { x: hp.uniform("x", -5, 5), y: hp.loguniform("y", -5, 0) },
    algo: randomly,
    maxEvals: TRIAL_COUNT,
    seed: 12,
    trials,
  });
  return trials.miscs.map(({ vals }) => ({ x: vals["x"]![0]!, y: vals["y"]![0]! }));
}
