import { Mlflow } from "@flightdeck/client";
import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { inferSignature } from "@flightdeck/models";
import { startTestServer, valueOf } from "@flightdeck/testkit";
import { describe, expect, test } from "vitest";
import { clientPython } from "./parity/clients.ts";
import { runPython } from "./run-python.ts";

/* The stock client can use models that our own client registered in Unity Catalog. */

const python = await clientPython("3.17.2");
const NAME = "main.default.airline";

describe.skipIf(python.missing)(
  `Unity Catalog with two clients${python.missing ? ` (${python.reason})` : ""}`,
  () => {
    test("the newest MLflow downloads a model that Flightdeck's client registered", async () => {
      const server = await startTestServer();
      try {
        const workspace = { DATABRICKS_HOST: server.url, DATABRICKS_TOKEN: "any" };
        const env = { ...workspace, MLFLOW_TRACKING_URI: "databricks", MLFLOW_REGISTRY_URI: "databricks-uc" };
        const registered = await registerForest(new Mlflow({ env }));
        const saw = await runPython({
          interpreter: valueOf(python),
          file: "download_model.py",
          args: [`models:/${NAME}/1`],
          trackingUri: "databricks", // The client chooses the registry by default.
          env: { ...workspace, HOME: server.dataDir },
        });
        expect(saw).toEqual({
          files: expect.arrayContaining(["MLmodel", "forest"]),
          model_id: registered.modelId,
          signed: true,
        });
      } finally {
        await server.close();
      }
    });
  },
);

async function registerForest(mlflow: Mlflow): Promise<{ readonly modelId: string }> {
  const data = [0, 1, 2, 3].map((x) => [x, x > 1 ? 1 : 0]);
  const frame = Frame.fromRows({ columns: ["x", "label"], data });
  const features = frame.drop(["label"]);
  const forest = new RandomForestClassifier({ nEstimators: 5, bootstrap: false, seed: 1 });
  await forest.fit(frame, "label");
  const signature = inferSignature(features, await forest.predict(features));
  await mlflow.setExperiment("/Users/me@example.com/airline");
  return mlflow.startRun({}, (run) => run.logModel(forest, { signature, registeredModelName: NAME }));
}
