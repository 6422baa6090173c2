import { MlflowClient } from "@flightdeck/client";
import type { AppError } from "@flightdeck/core";
import type { Run } from "@flightdeck/protocol";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import type { TrackOptions } from "./track-options.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fmin } from "../fmin/fmin.ts";
import { medianPruner } from "../fmin/pruners.ts";
import * as hp from "../space/hp.ts";
import { suggest as randomly } from "../suggest/rand.ts";
import { STATUS_OK, STATUS_SUSPENDED } from "../trials/states.ts";
import type { Trial } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";

let server: TestServer;
let client: MlflowClient;

beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
});
afterAll(() => server.close());

const space = {
  x: hp.uniform("x", -1, 1),
  kind: hp.choice("kind", ["plain", { lr: hp.loguniform("lr", -5, 0) }]),
};
const track = (runName: string): TrackOptions => ({ client, experiment: "search", runName });

test("the parent run describes the search, and each trial is a child run", async () => {
  const best = await fmin({
    fn: ({ x }, { trialId, log, report }) => {
      log(`begins with ${x}`);
      report(x + 1, 1);
      report(x, 2);
      if (trialId === 3) throw new RangeError("no data");
      return { status: STATUS_OK, loss: x * x, note: "emoji 🎈 and umlaut ü" };
    },
    space,
    algo: randomly,
    maxEvals: 6,
    seed: 4,
    catchEvalExceptions: true,
    track: track("told"),
  });
  const [parent, children] = await runsOf("told");
  expect(parent.info.status).toBe("FINISHED");
  expect(paramsOf(parent)).toMatchObject({ "search.algorithm": "rand", "search.seed": "4" });
  expect(JSON.parse(paramsOf(parent)["search.space"] ?? "")).toHaveProperty("x.family", "uniform");
  const bestRun = children.find(({ info }) => info.runId === tagsOf(parent)["best.run_id"]);
  expect(tagsOf(parent)["best.param.x"]).toBe(String(best["x"]));
  expect(paramsOf(bestRun!)["x"]).toBe(String(best["x"]));
  expect(children.map(({ info }) => info.runName)).toEqual([0, 1, 2, 3, 4, 5].map((tid) => `trial ${tid}`));
  expect(children.map(({ info }) => info.status)).toEqual(
    [0, 1, 2, 3, 4, 5].map((tid) => (tid === 3 ? "FAILED" : "FINISHED")),
  );
  const [first, , , failed] = children;
  const x = Number(paramsOf(first!)["x"]);
  expect(metricsOf(first!)).toMatchObject({ loss: x * x, reported: x, duration_s: expect.any(Number) });
  expect(tagsOf(first!)["status"]).toBe("ok");
  expect(tagsOf(failed!)["error"]).toBe("RangeError: no data");
  const history = await client.getMetricHistory({ runId: first!.info.runId, metricKey: "reported" });
  expect(history.items.map(({ step, value }) => [step, value])).toEqual([
    [1, x + 1],
    [2, x],
  ]);
  const { items } = await client.listArtifacts({ runId: first!.info.runId });
  expect(items.map(({ path }) => path)).toEqual(["log.txt"]);
  // A choice is logged as its option if that is a word, else as its index.
  for (const child of children) expect(["plain", "1"]).toContain(paramsOf(child)["kind"]);
});

test("a search resumes from the server's data as if it had not been interrupted", async () => {
  const evaluated: number[] = [];
  const search = (maxEvals: number, name: string) =>
    fmin({
      fn: ({ x }, { trialId }) => {
        evaluated.push(trialId);
        return { status: STATUS_OK, loss: x * x, note: "ü🎈".repeat(9000) };
      },
      space,
      maxEvals,
      seed: 9,
      track: track(name),
    });
  await search(15, "parts");
  await search(30, "parts");
  expect(evaluated).toEqual(Array.from({ length: 30 }, (_, tid) => tid));
  await search(30, "whole");
  const [parts, whole] = [await runsOf("parts"), await runsOf("whole")];
  expect(parts[1].map(paramsOf)).toEqual(whole[1].map(paramsOf));
  // The search is complete, so nothing is evaluated.
  evaluated.length = 0;
  expect(await search(30, "parts")).toEqual(await search(30, "whole"));
  expect(evaluated).toEqual([]);
});

test("points to evaluate come first, once, on top of maxEvals", async () => {
  const search = (maxEvals: number) =>
    fmin({
      fn: ({ x }) => x * x,
      space: { x: space.x },
      pointsToEvaluate: [{ x: 0.5 }, { x: 0.25 }],
      maxEvals,
      seed: 1,
      track: track("points"),
    });
  await search(3);
  await search(4);
  const [, children] = await runsOf("points");
  expect(children).toHaveLength(6);
  expect(children.slice(0, 2).map((child) => paramsOf(child)["x"])).toEqual(["0.5", "0.25"]);
});

test("pruners see the reports of earlier trials", async () => {
  const statuses: string[] = [];
  const search = (maxEvals: number) =>
    fmin({
      fn: async (_, { trialId, report, shouldPrune }) => {
        report(trialId, 1);
        return (await shouldPrune()) ? { status: STATUS_SUSPENDED } : trialId;
      },
      space,
      algo: randomly,
      pruner: medianPruner({ nStartupTrials: 3 }),
      onTrial: ({ result }: Trial) => void statuses.push(result.status),
      maxEvals,
      seed: 1,
      track: track("pruned"),
    });
  await search(3);
  await search(4);
  expect(statuses).toEqual(["ok", "ok", "ok", "suspended"]);
  const [, children] = await runsOf("pruned");
  expect(children.map((child) => tagsOf(child)["pruned"])).toEqual([undefined, undefined, undefined, "true"]);
});

test("an objective can get its run's id, and the parent can be an existing run", async () => {
  const experimentId = (await client.getExperimentByName("search")).experimentId;
  const { info } = await client.createRun({ experimentId, runName: "own" });
  await fmin({
    fn: async ({ x }, { runId }) => {
      await client.setTag((await runId?.()) ?? "", { key: "own", value: "yes" });
      return x;
    },
    space,
    maxEvals: 2,
    seed: 1,
    track: { client, runId: info.runId, params: ({ x }) => ({ percent: Math.round(x * 100) }) },
  });
  const children = await childrenOf(experimentId, info.runId);
  expect(children.map((child) => tagsOf(child)["own"])).toEqual(["yes", "yes"]);
  for (const child of children)
    expect(paramsOf(child)).toEqual({ percent: expect.stringMatching(/^-?\d+$/) });
  expect((await client.getRun(info.runId)).info.status).toBe("RUNNING");
});

test("while a search is running, others with the same name are refused, whether they start or resume", async () => {
  const begin = (trackTo: TrackOptions) =>
    fmin({ fn: async () => (await gate.promise, 1), space, maxEvals: 2, seed: 1, track: trackTo });
  const gate = Promise.withResolvers<void>();
  const tries = Promise.allSettled([1, 2, 3].map(() => begin(track("contended"))));
  setTimeout(gate.resolve, 3000);
  const refused = (await tries).filter((outcome) => outcome.status === "rejected");
  expect(refused.map(({ reason }) => (reason as AppError).code)).toEqual([
    "RESOURCE_CONFLICT",
    "RESOURCE_CONFLICT",
  ]);
  const [, children] = await runsOf("contended");
  expect(children).toHaveLength(2);
});

test("a search that failed or was cancelled can be resumed", async () => {
  let fails = true;
  const controller = new AbortController();
  const search = (signal?: AbortSignal) =>
    fmin({
      fn: ({ x }, { trialId }) => {
        if (trialId === 2 && fails) throw new RangeError("flaky");
        if (trialId === 4 && signal !== undefined) controller.abort();
        return x;
      },
      space,
      algo: randomly,
      maxEvals: 6,
      seed: 3,
      signal,
      track: track("interrupted"),
    });
  await expect(search()).rejects.toThrow("flaky (trial 2)");
  expect((await runsOf("interrupted"))[0].info.status).toBe("FAILED");
  fails = false;
  await expect(search(controller.signal)).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  expect((await runsOf("interrupted"))[0].info.status).toBe("KILLED");
  await search();
  const [parent, children] = await runsOf("interrupted");
  expect(parent.info.status).toBe("FINISHED");
  expect(children.filter(({ info }) => info.status === "FINISHED")).toHaveLength(6);
});

test.each([
  [{ seed: 2 }, 'the search "agreed" was begun with another seed: 1; got 2'],
  [{ space: { y: hp.uniform("y", 0, 1) } }, 'the search "agreed" was begun with another space'],
  [{ trials: new Trials() }, "track must be absent when trials or trialsSaveFile are given"],
  [
    { track: { experiment: "search", runName: "" } as const },
    "track must be { experiment, runName } or { runId }",
  ],
])("refuses %o, and leaves the search as it was", async (change, message) => {
  const search = { fn: () => 1, space: space as unknown, seed: 1, maxEvals: 1, track: track("agreed") };
  await fmin(search);
  await expect(fmin({ ...search, ...change })).rejects.toThrow(message);
  expect((await runsOf("agreed"))[0].info.status).toBe("FINISHED");
});

test("a search fails, and its run with it, if something cannot be written", async () => {
  const params = () => ({ "not a\nkey": 1 });
  const search = fmin({ fn: () => 1, space, seed: 1, maxEvals: 1, track: { ...track("unwritten"), params } });
  await expect(search).rejects.toThrow("not a");
  const [parent] = await runsOf("unwritten");
  expect(parent.info.status).toBe("FAILED");
  await fmin({ fn: () => 1, space, seed: 1, maxEvals: 1, track: track("unwritten") }); // It was released.
});

test("the steps of the best loss continue after those of the interrupted search", async () => {
  let loss = 9;
  const search = (maxEvals: number) =>
    fmin({ fn: () => loss--, space, algo: randomly, seed: 1, maxEvals, track: track("steps") });
  await search(2);
  await search(4);
  const [parent] = await runsOf("steps");
  const { items } = await client.getMetricHistory({ runId: parent.info.runId, metricKey: "best_loss" });
  expect(items.map(({ step, value }) => [step, value])).toEqual([
    [1, 9],
    [2, 8],
    [3, 7],
    [4, 6],
  ]);
});

async function runsOf(name: string): Promise<[parent: Run, children: readonly Run[]]> {
  const { experimentId } = await client.getExperimentByName("search");
  const filter = `attributes.run_name = '${name}'`;
  const { items } = await client.searchRuns({ experimentIds: [experimentId], filter });
  expect(items).toHaveLength(1);
  return [items[0]!, await childrenOf(experimentId, items[0]!.info.runId)];
}

async function childrenOf(experimentId: string, parentRunId: string): Promise<readonly Run[]> {
  const filter = `tags.\`mlflow.parentRunId\` = '${parentRunId}'`;
  const { items } = await client.searchRuns({ experimentIds: [experimentId], filter });
  return items.toSorted(
    (a, b) => Number(tagsOf(a)["flightdeck.trial"]) - Number(tagsOf(b)["flightdeck.trial"]),
  );
}

const paramsOf = ({ data }: Run) => Object.fromEntries(data.params.map(({ key, value }) => [key, value]));
const tagsOf = ({ data }: Run) => Object.fromEntries(data.tags.map(({ key, value }) => [key, value]));
const metricsOf = ({ data }: Run) => Object.fromEntries(data.metrics.map(({ key, value }) => [key, value]));
