import { mlflow, MlflowClient } from "@flightdeck/client";
import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { fmin, hp, tpe } from "@flightdeck/hyperopt";
import { inferSignature } from "@flightdeck/models";

/* A first program that uses every package of the SDK. It prints what the server recorded. */

const flights = Frame.fromRows({
  columns: ["hour", "late"],
  data: Array.from({ length: 240 }, (_, row) => [row % 24, row % 24 > 12 ? 1 : 0]),
});
const features = flights.drop(["late"]);

const runId = await mlflow.startRun({ runName: "first" }, async (run) => {
  const [best] = await fmin({
    fn: ([trees]) => -trees,
    space: [hp.quniform("trees", 2, 8, 1)] as const,
    algo: tpe.suggest,
    maxEvals: 3,
    seed: 1,
    track: { client: mlflow.client, runId: run.runId },
  }).then((point) => Object.values(point));
  const model = new RandomForestClassifier({ nEstimators: Number(best), seed: 1 });
  await model.fit(flights, "late");
  run.logMetric("accuracy", await model.score(flights));
  await run.logModel(model, { name: "model", signature: inferSignature(features) });
  return run.runId;
});

const client = new MlflowClient({ trackingUri: process.env["MLFLOW_TRACKING_URI"] ?? "" });
const { info, data } = await client.getRun(runId);
const model = await mlflow.loadModel(`runs:/${runId}/model`);
console.log(
  JSON.stringify({
    name: info.runName,
    status: info.status,
    accuracy: data.metrics.find(({ key }) => key === "accuracy")?.value,
    inputs: model.inputs?.map(({ name }) => name),
  }),
);
