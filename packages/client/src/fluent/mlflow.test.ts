import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answeringServer } from "../testing/answering-server.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { Mlflow } from "./mlflow.ts";

let server: TestServer;
let mlflow: Mlflow;

beforeAll(async () => {
  server = await startTestServer();
  mlflow = new Mlflow({ env: { MLFLOW_TRACKING_URI: server.url } });
  await mlflow.setExperiment("airline");
});

afterAll(() => server.close());

const FLIGHTS = Frame.fromRows({
  columns: ["Distance", "DayofWeek", "Late"],
  data: Array.from({ length: 100 }, (_, i) => [i * 10, i % 7, i > 50]),
});
const FEATURES = FLIGHTS.drop(["Late"]);

async function fitForest(): Promise<RandomForestClassifier> {
  return await new RandomForestClassifier({ nEstimators: 3, nThreads: 1 }).fit(FLIGHTS, "Late");
}

describe("startRun", () => {
  test("returns the callback's result and finishes the run", async () => {
    const runId = await mlflow.startRun(
      { runName: "first", description: "A try.", tags: { a: 1 } },
      async (run) => {
        expect((await mlflow.client.getRun(run.runId)).info.status).toBe("RUNNING");
        return run.runId;
      },
    );
    const { info, data } = await mlflow.client.getRun(runId);
    expect(info).toMatchObject({ status: "FINISHED", runName: "first", endTimeMs: expect.any(Number) });
    expect(Object.fromEntries(data.tags.map(({ key, value }) => [key, value]))).toMatchObject({
      a: "1",
      "mlflow.note.content": "A try.",
      "mlflow.user": info.userId,
      "mlflow.source.type": "LOCAL",
      "mlflow.source.name": process.argv[1],
      "mlflow.source.git.commit": expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  test("rethrows the callback's error and fails the run", async () => {
    const failure = new TypeError("broken");
    let runId = "";
    const run = mlflow.startRun({}, async (active) => {
      runId = active.runId;
      active.logMetric("before", 1);
      throw failure;
    });
    await expect(run).rejects.toBe(failure);
    const { info, data } = await mlflow.client.getRun(runId);
    expect(info.status).toBe("FAILED");
    expect(data.metrics).toMatchObject([{ key: "before", value: 1 }]);
  });

  test("the active run follows the asynchronous call chain, even in parallel", async () => {
    await mlflow.startRun({ runName: "parent" }, async (parent) => {
      expect(mlflow.activeRun()).toBe(parent);
      const children = ["a", "b", "c"].map((runName) =>
        mlflow.startRun({ runName, nested: true }, async (child) => {
          await child.flush();
          expect(mlflow.activeRun()).toBe(child);
          return child.runId;
        }),
      );
      for (const childId of await Promise.all(children)) {
        const { data } = await mlflow.client.getRun(childId);
        expect(data.tags).toContainEqual({ key: "mlflow.parentRunId", value: parent.runId });
      }
      expect(mlflow.activeRun()).toBe(parent);
    });
    expect(mlflow.activeRun()).toBeUndefined();
  });

  test("a run inside another must be marked as nested", async () => {
    await mlflow.startRun({}, async () => {
      await expect(mlflow.startRun({}, () => Promise.resolve())).rejects.toThrow("is already active");
    });
  });

  test("resumes the run set by the environment, once", async () => {
    const created = await mlflow.client.createRun({ experimentId: "0", runName: "made elsewhere" });
    const env = { MLFLOW_TRACKING_URI: server.url, MLFLOW_RUN_ID: created.info.runId };
    const inside = new Mlflow({ env });
    await inside.startRun({ tags: { seen: true } }, async (run) => {
      expect(run.runId).toBe(created.info.runId);
      await inside.startRun({ nested: true }, async (child) => {
        expect(child.runId).not.toBe(run.runId);
        expect(child.info.experimentId).toBe("0");
      });
    });
    expect(env).toEqual({ MLFLOW_TRACKING_URI: server.url });
    const { info, data } = await mlflow.client.getRun(created.info.runId);
    expect(info).toMatchObject({ status: "FINISHED", runName: "made elsewhere" });
    expect(data.tags).toContainEqual({ key: "seen", value: "true" });
  });

  test("resumes a run by its id, unless it is deleted", async () => {
    const runId = await mlflow.startRun({}, (run) => Promise.resolve(run.runId));
    await mlflow.startRun({ runId }, (run) => Promise.resolve(run.logParam("later", 1)));
    expect((await mlflow.client.getRun(runId)).data.params).toEqual([{ key: "later", value: "1" }]);
    await mlflow.client.deleteRun(runId);
    await expect(mlflow.startRun({ runId }, () => Promise.resolve())).rejects.toThrow(
      "because it is deleted",
    );
  });

  test("takes the experiment from the options, then the environment, else the default one", async () => {
    const experimentIn = (env: Record<string, string>): Promise<string> =>
      new Mlflow({ env: { MLFLOW_TRACKING_URI: server.url, ...env } }).startRun(
        {},
        async ({ info }) => info.experimentId,
      );
    const { experimentId } = await mlflow.client.getExperimentByName("airline");
    expect(await experimentIn({})).toBe("0");
    expect(await experimentIn({ MLFLOW_EXPERIMENT_ID: experimentId })).toBe(experimentId);
    expect(await experimentIn({ MLFLOW_EXPERIMENT_NAME: "airline" })).toBe(experimentId);
  });
});

describe("setExperiment", () => {
  test("creates the experiment once, even when called concurrently", async () => {
    const clients = Array.from({ length: 4 }, () => new Mlflow({ env: { MLFLOW_TRACKING_URI: server.url } }));
    const made = await Promise.all(clients.map((client) => client.setExperiment("together")));
    expect(new Set(made.map(({ experimentId }) => experimentId)).size).toBe(1);
  });

  test("refuses a deleted experiment", async () => {
    await mlflow.client.deleteExperiment(await mlflow.client.createExperiment({ name: "gone" }));
    await expect(mlflow.setExperiment("gone")).rejects.toThrow("Cannot set a deleted experiment 'gone'");
  });

  test("says what to do when no server is set", async () => {
    await expect(new Mlflow({ env: {} }).setExperiment("x")).rejects.toThrow("set MLFLOW_TRACKING_URI");
  });
});

describe("logging", () => {
  test("logs params, tags, and metrics with history and non-finite values", async () => {
    const runId = await mlflow.startRun({}, async (run) => {
      run.logParams({ maxDepth: 8, bootstrap: true, note: null });
      for (let step = 0; step < 1200; step++) run.logMetric("loss", 1 / (step + 1), { step });
      run.logMetrics({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY }, { timestampMs: 5 });
      run.setTag("who", "me");
      return run.runId;
    });
    const { data } = await mlflow.client.getRun(runId);
    expect(data.params).toEqual([
      { key: "bootstrap", value: "true" },
      { key: "maxDepth", value: "8" },
      { key: "note", value: "null" },
    ]);
    expect(data.metrics).toMatchObject([
      { key: "inf", value: Number.POSITIVE_INFINITY, timestampMs: 5 },
      { key: "loss", value: 1 / 1200, step: 1199 },
      { key: "nan", value: Number.NaN },
    ]);
    const history = await Array.fromAsync(
      mlflow.client.getMetricHistoryAll({ runId, metricKey: "loss", maxResults: 500 }),
    );
    expect(history.map(({ step }) => step)).toEqual(Array.from({ length: 1200 }, (_, step) => step));
  });

  test("an entry that the server refuses fails the run and rejects its promise", async () => {
    let runId = "";
    const run = mlflow.startRun({}, async (active) => {
      runId = active.runId;
      active.logMetric("a\nb", 1);
    });
    await expect(run).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    expect((await mlflow.client.getRun(runId)).info.status).toBe("FAILED");
  });

  test("throws the first failure, even when the run cannot be marked", async () => {
    const { url, seen } = await answeringServer(
      { status: 200, body: '{"run": {"info": {"run_id": "r", "experiment_id": "0"}}}' },
      { status: 403, body: '{"error_code": "QUOTA_EXCEEDED", "message": "full"}' },
      { status: 400, body: '{"error_code": "BAD_REQUEST", "message": "no"}' },
    );
    const other = new Mlflow({ env: { MLFLOW_TRACKING_URI: url } });
    const run = other.startRun({}, async (active) => active.logMetric("m", 1));
    await expect(run).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", message: "full" });
    expect(JSON.parse(seen[2]?.body ?? "")).toMatchObject({ run_id: "r", status: "FAILED" });
  });

  test("nothing can be logged after the end", async () => {
    const run = await mlflow.startRun({}, (active) => Promise.resolve(active));
    expect(() => run.logMetric("m", 1)).toThrow(`run ${run.runId} has ended (FINISHED)`);
    await expect(run.logText("x", "a.txt")).rejects.toMatchObject({ code: "INVALID_STATE" });
  });
});

describe("artifacts", () => {
  test("texts, data, files and folders are uploaded and downloaded", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "up", "deep"), { recursive: true });
    await writeFile(join(folder, "up", "deep", "a.bin"), "a");
    await writeFile(join(folder, "b.txt"), "b");
    const run = await mlflow.startRun({}, async (active) => {
      await active.logText("hello", "notes/hello.txt");
      await active.logDict({ x: [1] }, "x.json");
      await active.logDict({ x: [1] }, "x.yaml");
      await active.logArtifact(join(folder, "b.txt"), "files");
      await active.logArtifact(join(folder, "up"));
      await active.logArtifacts(join(folder, "up"), "content");
      return active;
    });
    const down = join(folder, "down");
    expect(await mlflow.downloadArtifacts(`runs:/${run.runId}`, down)).toBe(down);
    const files = await readdir(down, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map((file) => file.name);
    expect(names.toSorted()).toEqual(["a.bin", "a.bin", "b.txt", "hello.txt", "x.json", "x.yaml"]);
    expect(await readFile(join(down, "x.yaml"), "utf8")).toBe("x:\n  - 1\n");
    const single = await mlflow.downloadArtifacts(`runs:/${run.runId}/notes/hello.txt`, join(folder, "one"));
    expect(single).toBe(join(folder, "one", "hello.txt"));
    const byRoot = await mlflow.downloadArtifacts(`${run.info.artifactUri}/x.json`, join(folder, "two"));
    expect(JSON.parse(await readFile(byRoot, "utf8"))).toEqual({ x: [1] });
  });

  test("an artifact can be fetched by its URL", async () => {
    const run = await mlflow.startRun({}, async (active) => {
      await active.logText("hi", "ü/a b.txt");
      return active;
    });
    const url = mlflow.client.artifactUrl(run.info.artifactUri, "ü/a b.txt");
    expect(await (await fetch(url)).text()).toBe("hi");
    expect(() => mlflow.client.artifactUrl("s3://bucket/x")).toThrow(
      "only mlflow-artifacts:/ URIs, got s3://bucket/x",
    );
  });

  test("missing artifacts are reported", async () => {
    const run = await mlflow.startRun({}, async (active) => {
      await expect(active.logArtifact("no-such-file")).rejects.toThrow(
        "cannot log no-such-file: it does not exist",
      );
      return active;
    });
    for (const uri of [
      `runs:/${run.runId}/nothing`,
      `${run.info.artifactUri}/nothing`,
      "models:/nothing/1",
    ]) {
      await expect(mlflow.downloadArtifacts(uri, await temporaryFolder())).rejects.toMatchObject({
        code: "RESOURCE_DOES_NOT_EXIST",
      });
    }
  });
});

describe("models", () => {
  test("are logged, registered, and loaded by every kind of URI", async () => {
    const forest = await fitForest();
    const expected = await forest.predict(FEATURES);
    const { runId, logged } = await mlflow.startRun({}, async (run) => {
      run.logMetric("accuracy", 0.9, { step: 3 });
      const info = await run.logModel(forest, {
        name: "saved_models",
        inputExample: FEATURES,
        registeredModelName: "rapids_mlflow_cli",
      });
      return { runId: run.runId, logged: info };
    });
    expect(logged.modelVersion).toMatchObject({
      version: "1",
      source: logged.modelUri,
      runId,
      status: "READY",
    });
    await mlflow.client.setRegisteredModelAlias({ name: "rapids_mlflow_cli", version: "1" }, "champion");
    const folder = await mlflow.downloadArtifacts(logged.modelUri, await temporaryFolder());
    for (const uri of [
      `runs:/${runId}/saved_models`,
      "models:/rapids_mlflow_cli/1",
      "models:/rapids_mlflow_cli/latest",
      "models:/rapids_mlflow_cli@champion",
      logged.modelUri,
      logged.artifactUri,
      folder,
    ]) {
      const loaded = await mlflow.loadModel(uri);
      expect(loaded.mlModel).toMatchObject({
        modelId: logged.modelId,
        runId,
        artifactPath: logged.artifactUri,
      });
      expect(await loaded.predict(FLIGHTS)).toEqual({ kind: "labels", values: expected });
    }
    const model = await mlflow.client.getLoggedModel(logged.modelId);
    expect(model).toMatchObject({ status: "LOGGED_MODEL_READY", name: "saved_models", sourceRunId: runId });
    expect(model.metrics).toMatchObject([{ key: "accuracy", value: 0.9, step: 3, modelId: logged.modelId }]);
    const { outputs } = await mlflow.client.getRun(runId);
    expect(outputs.modelOutputs).toEqual([{ modelId: logged.modelId, step: 0 }]);
  });

  test("a single file of a model can be downloaded", async () => {
    const { modelUri } = await mlflow.startRun({}, async (run) => await run.logModel(await fitForest()));
    const folder = await temporaryFolder();
    expect(await mlflow.downloadArtifacts(`${modelUri}/MLmodel`, folder)).toBe(join(folder, "MLmodel"));
    expect(await readdir(folder)).toEqual(["MLmodel"]);
  });

  test("can be registered again by a run's path", async () => {
    const forest = await fitForest();
    const { runId, modelUri } = await mlflow.startRun({}, async (run) => ({
      runId: run.runId,
      modelUri: (await run.logModel(forest, { name: "m" })).modelUri,
    }));
    const first = await mlflow.registerModel(modelUri, "by-run");
    const second = await mlflow.registerModel(`runs:/${runId}/m`, "by-run");
    expect([first, second]).toMatchObject([
      { version: "1", source: modelUri, runId },
      { version: "2", source: modelUri, runId },
    ]);
  });

  test("logging something that is not a model leaves a failed logged model and no temporary files", async () => {
    const leftovers = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith("flightdeck-model-"));
    const before = await leftovers();
    let runId = "";
    const run = mlflow.startRun({}, async (active) => {
      runId = active.runId;
      await active.logModel({ not: "a model" });
    });
    await expect(run).rejects.toThrow("a model must be of one of the flavours");
    const { outputs } = await mlflow.client.getRun(runId);
    const model = await mlflow.client.getLoggedModel(outputs.modelOutputs[0]?.modelId ?? "");
    expect(model.status).toBe("LOGGED_MODEL_UPLOAD_FAILED");
    expect((await leftovers()).filter((name) => !before.includes(name))).toEqual([]);
  });
});
