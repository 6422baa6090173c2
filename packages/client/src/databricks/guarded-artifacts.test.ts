import { openArtifactRepository } from "@flightdeck/artifacts";
import { startTestServer } from "@flightdeck/testkit";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { MlflowClient } from "../rest/mlflow-client.ts";
import { answeringServer } from "../testing/answering-server.ts";

test("artifacts with an experiment's access control are transferred through the Files API", async () => {
  const server = await startTestServer();
  onTestFinished(() => server.close());
  const client = new MlflowClient({ trackingUri: server.url });
  const artifactLocation = "dbfs:/databricks/mlflow-tracking";
  const experimentId = await client.createExperiment({ name: "/Shared/guarded", artifactLocation });
  const { info } = await client.createRun({ experimentId });
  const asked: string[] = [];
  const fetchSeen: typeof fetch = (input, init) => {
    if (typeof input === "string") asked.push(new URL(input).pathname);
    return fetch(input, init);
  };
  const options = { trackingUri: server.url, fetch: fetchSeen };
  const repository = openArtifactRepository(info.artifactUri, options);
  await repository.write("a b/x.txt", Buffer.from("hello"));
  expect(await text((await repository.read("a b/x.txt")).stream)).toBe("hello");
  expect((await repository.list("")).map(({ path }) => path)).toEqual(["a b"]);
  const root = `WorkspaceInternal/Mlflow/Artifacts/${experimentId}/Runs/${info.runId}/artifacts`;
  expect(asked).toEqual([
    `/api/2.0/fs/directories/${root}`, // Checks for access.
    `/api/2.0/fs/files/${root}/a%20b/x.txt`,
    `/api/2.0/fs/files/${root}/a%20b/x.txt`,
    `/api/2.0/fs/directories/${root}`,
  ]);
});

test("falls back to DBFS when the Files API refuses, and asks it only once", async () => {
  const listing = JSON.stringify({ files: [{ path: "/databricks/mlflow-tracking/1/r/artifacts/x" }] });
  const { url, seen } = await answeringServer({ status: 403 }, { status: 200, body: listing });
  const rootUri = "dbfs:/databricks/mlflow-tracking/1/r/artifacts";
  const repository = openArtifactRepository(rootUri, { trackingUri: url });
  await repository.list("");
  expect((await repository.list("")).map(({ path }) => path)).toEqual(["x"]);
  expect(seen.map((request) => request.method)).toEqual(["HEAD", "GET", "GET"]);
});

test("asks again when the workspace is briefly unreachable", async () => {
  const { url } = await answeringServer({}, { status: 404 }, { status: 404 });
  const repository = openArtifactRepository("dbfs:/Models/main/s/m/1", { trackingUri: url });
  await expect(repository.list("")).rejects.toMatchObject({ code: "TEMPORARILY_UNAVAILABLE" });
  expect(await repository.list("")).toEqual([]);
});
