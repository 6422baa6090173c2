import { downloadArtifacts, loadModel, mlflow, MlflowClient } from "@flightdeck/client";
import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLIENT_VERSIONS, clientPython } from "./parity/clients.ts";
import { asWorkspace, runPython } from "./run-python.ts";

/* Stock clients use the server as a Databricks workspace, with nothing but the variables of one. */

const MODEL_FILES = ["MLmodel", "conda.yaml", "model.pkl", "python_env.yaml", "requirements.txt"];
/** The default artifact root (""), and one that the user can choose. */
const ROOTS = ["", "dbfs:/databricks/mlflow-tracking"];

const clients = await Promise.all(
  CLIENT_VERSIONS.map(async (version) => ({ version, python: await clientPython(version) })),
);

for (const { version, python } of clients) {
  describe.skipIf(python.missing)(
    `mlflow ${version} with a workspace${python.missing ? ` (${python.reason})` : ""}`,
    () => {
      test.each(ROOTS)("does the guide's job with artifacts at '%s'", async (root) => {
        const server = await startTestServer();
        try {
          const script = { ...asWorkspace(server, valueOf(python)), file: "databricks_job.py", args: [root] };
          await checkJob(await runPython(script), { server, version, root });
        } finally {
          await server.close();
        }
      });
    },
  );
}

type Job = { readonly server: TestServer; readonly version: string; readonly root: string };

async function checkJob(saw: Record<string, unknown>, { server, version, root }: Job): Promise<void> {
  const { experiment_id: experimentId, run_id: runId } = saw as Record<string, string>; // As the script prints.
  const place = `${root || "dbfs:/databricks/mlflow"}/${experimentId}/${runId}/artifacts`;
  expect(saw).toMatchObject({
    experiment: `/Users/me@example.com/airline-${version}`,
    root: place,
    params: { a: "1" },
    metrics: { m: 0.5 },
    parent: runId,
    files: ["model", "note.txt", "sub"],
    model_files: MODEL_FILES.map((name) => `model/${name}`),
    sub: [["sub/empty.txt", 0]],
    note: "second",
    note_by_full_path: "second",
    full_path: MODEL_FILES,
    predictions: Array.from({ length: 3 }, () => [0, 0, 1, 1]),
  });
  expect(await downloadedByUs(server.url, `${place}/model`)).toEqual(MODEL_FILES);
}

test.each(ROOTS)(
  "our own client logs a model at '%s' and loads it by the guide's Full Path",
  async (root) => {
    const server = await startTestServer();
    try {
      const client = new MlflowClient({ trackingUri: server.url });
      const artifactLocation = root || "dbfs:/databricks/mlflow";
      await client.createExperiment({ name: "/Users/me@example.com/airline", artifactLocation });
      mlflow.setTrackingUri(server.url);
      await mlflow.setExperiment("/Users/me@example.com/airline");
      const frame = Frame.fromRows({
        columns: ["x", "label"],
        data: [0, 1, 2, 3].map((x) => [x, x > 1 ? 1 : 0]),
      });
      const forest = new RandomForestClassifier({ nEstimators: 5, bootstrap: false, seed: 1 });
      await forest.fit(frame, "label");
      const run = await mlflow.startRun({}, async (active) => {
        await active.logModel(forest, { name: "model" });
        await active.logText("hello", "note.txt");
        return client.getRun(active.runId);
      });
      expect(run.info.artifactUri.startsWith(`${artifactLocation}/`)).toBe(true);
      const note = await downloadArtifacts(client, `${run.info.artifactUri}/note.txt`);
      expect(await readFile(note, "utf8")).toBe("hello");
      const model = await loadModel(client, `${run.info.artifactUri}/model`);
      expect(await model.predict(frame.drop(["label"]))).toEqual({ kind: "labels", values: [0, 0, 1, 1] });
    } finally {
      await server.close();
    }
  },
);

/** The names of the files that our own client downloads from a `dbfs:` URI. */
async function downloadedByUs(trackingUri: string, uri: string): Promise<string[]> {
  const destination = await mkdtemp(join(tmpdir(), "downloaded-"));
  try {
    const folder = await downloadArtifacts(new MlflowClient({ trackingUri }), uri, destination);
    return (await readdir(folder)).toSorted();
  } finally {
    await rm(destination, { recursive: true });
  }
}
