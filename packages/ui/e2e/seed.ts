import { MlflowClient } from "@flightdeck/client/browser";
import { type LoggedModel, type Run, SYSTEM_TAGS } from "@flightdeck/protocol";

/** What the suite's server holds. */
export type Seeded = {
  readonly experimentId: string;
  readonly experimentName: string;
  readonly parent: Run;
  /** In the order of their making; the first is the best. */
  readonly children: readonly Run[];
  readonly model: LoggedModel;
  readonly modelName: string;
  /** An experiment of more runs than one answer holds. */
  readonly longExperimentId: string;
};

const TRIALS = 12;
const STEPS = 30;
/** More than one page of the runs table. */
export const MANY_RUNS = 700;
const PARALLEL_RUNS = 20;
const EXPERIMENT_NAME = "/Users/me@example.com/airline";
const MODEL_NAME = "rapids_mlflow_cli";
const SERVING_EXAMPLE = { dataframe_split: { columns: ["Year", "Distance"], data: [[1987, 162]] } };

/** A picture of one pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Fills an empty server as a hyperparameter search does: a parent with nested trials, files, a model, a version. */
export async function seed(trackingUri: string): Promise<Seeded> {
  const client = new MlflowClient({ trackingUri });
  const experimentId = await client.createExperiment({ name: EXPERIMENT_NAME });
  const parent = await client.createRun({
    experimentId,
    runName: "RAPIDS-Hyperopt",
    startTimeMs: Date.now() - 600_000,
    tags: [
      { key: SYSTEM_TAGS.user, value: "me" },
      { key: SYSTEM_TAGS.sourceName, value: "file:///Users/me@example.com/examples/airline" },
      { key: SYSTEM_TAGS.projectEntryPoint, value: "hyperopt" },
      { key: "team", value: "flights" },
    ],
  });
  const children: Run[] = [];
  for (let trial = 0; trial < TRIALS; trial += 1) children.push(await seedTrial(client, parent, trial));
  await seedFiles(client, parent);
  const model = await seedModel(client, children[0] ?? parent);
  await client.logBatch({ runId: parent.info.runId, metrics: [point("best_accuracy", 0.842319, TRIALS)] });
  await client.updateRun({ runId: parent.info.runId, status: "FINISHED", endTimeMs: Date.now() });
  const longExperimentId = await seedManyRuns(client);
  return {
    experimentId,
    experimentName: EXPERIMENT_NAME,
    parent,
    children,
    model,
    modelName: MODEL_NAME,
    longExperimentId,
  };
}

async function seedTrial(client: MlflowClient, parent: Run, trial: number): Promise<Run> {
  const { experimentId, runId: parentId } = parent.info;
  const startTimeMs = parent.info.startTimeMs + trial * 20_000;
  const run = await client.createRun({
    experimentId,
    runName: `trial-${trial}`,
    startTimeMs,
    tags: [
      { key: SYSTEM_TAGS.parentRunId, value: parentId },
      { key: SYSTEM_TAGS.user, value: "me" },
      { key: SYSTEM_TAGS.sourceName, value: "file:///Users/me@example.com/examples/airline" },
    ],
  });
  const accuracy = 0.842319 - trial * 0.0037;
  const losses = Array.from({ length: STEPS }, (_, step) =>
    point("log_loss", 0.4 + trial * 0.01 + Math.exp(-step / 6), step),
  );
  await client.logBatch({
    runId: run.info.runId,
    params: [
      { key: "max_depth", value: String(5 + trial) },
      { key: "max_features", value: (0.1 + trial * 0.07).toFixed(4) },
      { key: "n_estimators", value: String(150 + trial * 60) },
      { key: "bootstrap", value: "true" },
    ],
    metrics: [...losses, point("accuracy", accuracy, 0)],
  });
  if (trial === TRIALS - 1) return run; // The last one is still running.
  const status = trial === 3 ? "FAILED" : "FINISHED";
  await client.updateRun({ runId: run.info.runId, status, endTimeMs: startTimeMs + 18_400 + trial * 700 });
  return run;
}

async function seedManyRuns(client: MlflowClient): Promise<string> {
  const experimentId = await client.createExperiment({ name: "many runs" });
  const startTimeMs = Date.now() - 3_600_000;
  for (let first = 0; first < MANY_RUNS; first += PARALLEL_RUNS) {
    const batch = Array.from({ length: PARALLEL_RUNS }, (_, offset) => first + offset);
    await Promise.all(
      batch.map((index) =>
        client.createRun({ experimentId, runName: `run-${index}`, startTimeMs: startTimeMs + index * 1000 }),
      ),
    );
  }
  return experimentId;
}

async function seedFiles(client: MlflowClient, run: Run): Promise<void> {
  const { artifactUri } = run.info;
  const rows = Array.from(
    { length: 300 },
    (_, index) => `${1987 + (index % 20)},"LAX, ${index}",${index * 7}`,
  );
  await put(client, artifactUri, "notes/readme.md", "# Airline\n\nFlights of 2013, one row each.\n");
  await put(client, artifactUri, "flights.csv", `Year,Origin,Distance\n${rows.join("\n")}\n`);
  await put(
    client,
    artifactUri,
    "summary.json",
    JSON.stringify({ trials: TRIALS, best: { accuracy: 0.842319 } }),
  );
  await put(
    client,
    artifactUri,
    "page.html",
    "<script>document.title = 'run by the page'</script><b>bold</b>",
  );
  await put(client, artifactUri, "pixel.png", PNG);
  await put(client, artifactUri, "long.log", "one line of a long log\n".repeat(40_000));
  await put(client, artifactUri, "weights.bin", new Uint8Array([0, 1, 2, 3]));
}

async function seedModel(client: MlflowClient, run: Run): Promise<LoggedModel> {
  const { experimentId, runId } = run.info;
  const created = await client.createLoggedModel({
    experimentId,
    name: "saved_models",
    sourceRunId: runId,
    params: [{ key: "max_depth", value: "5" }],
  });
  const { modelId, artifactUri } = created;
  await put(client, artifactUri, "MLmodel", `flavors:\n  flightdeck_forest: {}\nmodel_id: ${modelId}\n`);
  await put(client, artifactUri, "data/forest.json", "{}");
  await put(client, artifactUri, "serving_input_example.json", JSON.stringify(SERVING_EXAMPLE));
  const model = await client.finalizeLoggedModel(modelId, "LOGGED_MODEL_READY");
  await client.logOutputs(runId, [{ modelId, step: 0 }]);
  await client.createRegisteredModel({ name: MODEL_NAME, description: "Whether a flight arrives late." });
  await client.createModelVersion({ name: MODEL_NAME, source: `models:/${modelId}`, runId, modelId });
  await client.setRegisteredModelAlias({ name: MODEL_NAME, version: "1" }, "champion");
  await client.setModelVersionTag({ name: MODEL_NAME, version: "1" }, { key: "checked", value: "yes" });
  return model;
}

async function put(client: MlflowClient, artifactUri: string, path: string, body: BodyInit): Promise<void> {
  const response = await fetch(client.artifactUrl(artifactUri, path), { method: "PUT", body });
  if (!response.ok)
    throw new TypeError(`PUT of ${path} was answered by ${response.status}: ${await response.text()}`);
}

function point(key: string, value: number, step: number) {
  return { key, value, step, timestampMs: Date.now() - 300_000 + step * 1000 };
}
