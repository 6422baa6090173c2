import { mlflow, MlflowClient } from "@flightdeck/client";
import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { inferSignature } from "@flightdeck/models";
import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython, stockPython } from "./run-python.ts";

const python = await stockPython();
const EXPERIMENT = "side by side";

describe.skipIf(python.missing)(
  `the stock Python client and ours${python.missing ? ` (${python.reason})` : ""}`,
  () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server.close());

    test("the Python client does the guide's job", async () => {
      const saw = await runPython(script("log_job.py", [EXPERIMENT]));
      expect(saw).toMatchObject({
        params: { a: "1", b: "2", c: "x" },
        metrics: { loss: 1 / 3, n: 1 },
        not_finite: ["inf", "nan"],
        history: [
          [0, 1],
          [1, 1 / 2],
          [2, 1 / 3],
        ],
        found: [saw.child],
        text: "hello",
        artifacts: ["d.json", "notes"],
        predicts_by_run: true,
        predicts_by_version: true,
        alias_source: `models:/${String(saw.model_id)}`,
        overwrite_error: {
          code: "INVALID_PARAMETER_VALUE",
          message:
            "INVALID_PARAMETER_VALUE: Changing param values is not allowed. Param with key='a' was already logged with value='1' for " +
            `run ID='${String(saw.parent)}'. Attempted logging new value '2'.`,
        },
      });
    });

    test("our client reads the Python run", async () => {
      const client = new MlflowClient({ trackingUri: server.url });
      const experiment = await client.getExperimentByName(EXPERIMENT);
      const { items } = await client.searchRuns({
        experimentIds: [experiment.experimentId],
        filter: "tags.who = 'python'",
      });
      expect(items).toHaveLength(1);
      const [run] = items;
      expect(run?.info).toMatchObject({ runName: "python parent", status: "FINISHED" });
      expect(run?.data.params).toEqual([
        { key: "a", value: "1" },
        { key: "b", value: "2" },
        { key: "c", value: "x" },
      ]);
      expect(run?.data.metrics.find(({ key }) => key === "nan")?.value).toBeNaN();
      const { items: files } = await client.listArtifacts({ runId: run!.info.runId });
      expect(files.map(({ path }) => path)).toEqual(["d.json", "notes"]);
    });

    test("the Python client reads our run, its children and its model", async () => {
      const runId = await trackInTypeScript(server.url);
      const saw = await runPython(script("read_run.py", [EXPERIMENT, runId, "typescript_model"]));
      expect(saw).toMatchObject({
        name: "typescript parent",
        status: "FINISHED",
        params: { depth: "4" },
        metrics: { accuracy: 1, loss: 0.25 },
        history: [
          [0, 0.5],
          [1, 0.25],
        ],
        children: ["first child", "second child"],
        artifacts: ["forest", "notes.txt"],
        version_status: "READY",
        flavors: ["flightdeck_forest", "onnx", "python_function"],
        inputs: ["x", "y"],
      });
      expect(saw.version_source).toMatch(/^models:\/m-[0-9a-f]{32}$/);
      expect(saw.logged_models).toContain("forest");
    });

    function script(file: string, args: readonly string[]) {
      return { interpreter: valueOf(python), file, args, trackingUri: server.url };
    }
  },
);

/** Logs a parent with two children and a registered forest, as a TypeScript program does. Returns the parent's id. */
async function trackInTypeScript(trackingUri: string): Promise<string> {
  mlflow.setTrackingUri(trackingUri);
  await mlflow.setExperiment(EXPERIMENT);
  const frame = Frame.fromRows({
    columns: ["x", "y", "label"],
    data: Array.from({ length: 40 }, (_, i) => [i, i % 3, i < 20 ? 0 : 1]),
  });
  const model = new RandomForestClassifier({ nEstimators: 5, maxDepth: 4, seed: 1 });
  await model.fit(frame, "label");
  return mlflow.startRun({ runName: "typescript parent" }, async (run) => {
    run.logParams({ depth: 4 });
    run.logMetric("loss", 0.5, { step: 0 });
    run.logMetric("loss", 0.25, { step: 1 });
    run.logMetric("accuracy", 1);
    await run.logText("hello", "notes.txt");
    for (const runName of ["first child", "second child"]) {
      await mlflow.startRun({ nested: true, runName }, async (child) => child.logMetric("accuracy", 0.9));
    }
    await run.logModel(model, {
      name: "forest",
      signature: inferSignature(frame.drop(["label"])),
      registeredModelName: "typescript_model",
    });
    return run.runId;
  });
}
