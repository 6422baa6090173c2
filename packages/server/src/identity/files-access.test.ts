import { systemClock } from "@flightdeck/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWalkedApp, type WalkedApp } from "../testing/walked-app.ts";

/* MLflow 3 uses the Files API for the files of runs and logged models. Whoever may see an experiment may see them. */

let walked: WalkedApp;
let places: readonly string[];
const logins: Record<string, string> = {};

beforeAll(async () => {
  walked = await openWalkedApp(systemClock);
  const { tracking, workspace } = walked.store;
  const artifactRoot = "dbfs:/databricks/mlflow-tracking";
  const experimentId = await tracking.createExperiment({ name: "owned", artifactRoot });
  for (const [name, level] of Object.entries({ viewer: "CAN_READ", editor: "CAN_EDIT" } as const)) {
    logins[name] = `Bearer ${await walked.tokenOf(name, "user")}`;
    const grants = [{ grantee: { kind: "user", name }, level }] as const;
    await workspace.putGrants({ kind: "experiment", experimentId }, grants, "add");
  }
  logins["stranger"] = `Bearer ${await walked.tokenOf("stranger", "user")}`;
  const { runId } = (await tracking.createRun({ experimentId })).info;
  const { modelId } = await tracking.createLoggedModel({ experimentId, name: "m" });
  const root = `WorkspaceInternal/Mlflow/Artifacts/${experimentId}`;
  places = [`${root}/Runs/${runId}/artifacts`, `${root}/LoggedModels/${modelId}/artifacts`];
});
afterAll(() => walked.close());

type Method = "GET" | "HEAD" | "PUT" | "DELETE";
const send = async (who: string, method: Method, url: string): Promise<number> =>
  (await walked.send({ method, url, ...(method === "PUT" && { payload: "x" }) }, logins[who])).status;

test("an editor can write there, a viewer can read, and a stranger can do neither", async () => {
  for (const place of places) {
    const file = `/api/2.0/fs/files/${place}/x`;
    expect(await send("viewer", "PUT", file), file).toBe(403);
    expect(await send("stranger", "PUT", file), file).toBe(403);
    expect(await send("editor", "PUT", file), file).toBe(204);
    for (const look of [file, `/api/2.0/fs/directories/${place}`]) {
      expect(await send("viewer", "GET", look), look).toBe(200);
      expect(await send("viewer", "HEAD", look), look).toBe(200);
      expect(await send("stranger", "GET", look), look).toBe(403);
      expect(await send("stranger", "HEAD", look), look).toBe(403);
    }
    expect(await send("viewer", "DELETE", file), file).toBe(403);
    expect(await send("editor", "DELETE", file), file).toBe(204);
  }
});

test("signed URLs need the same permission as the file", async () => {
  for (const place of places) {
    const url = `/api/2.0/fs/create-download-url?path=/${place}/x`;
    const statusFor = async (who: string): Promise<number> =>
      (await walked.send({ method: "POST", url }, logins[who])).status;
    expect(await statusFor("viewer"), place).not.toBe(403);
    expect(await statusFor("stranger"), place).toBe(403);
  }
});

test("only admins can access other paths, including those that only look like an experiment's", async () => {
  const [place = ""] = places;
  const [, , , , , runId = ""] = place.split("/");
  const others = [
    "x",
    "WorkspaceInternal/x",
    `WorkspaceInternal/Mlflow/Artifacts/1/Runs/${runId}/other/x`,
    `x/${place}/x`,
  ];
  for (const path of others) {
    expect(await send("editor", "GET", `/api/2.0/fs/files/${path}`), path).toBeGreaterThanOrEqual(400);
    expect(await send("stranger", "GET", `/api/2.0/fs/files/${path}`), path).toBe(403);
    expect(await send("stranger", "PUT", `/api/2.0/fs/files/${path}`), path).toBe(403);
  }
  const absent = "WorkspaceInternal/Mlflow/Artifacts/1/Runs/absent/artifacts/x";
  expect(await send("stranger", "GET", `/api/2.0/fs/files/${absent}`)).toBe(404); // As for every call on a run.
  for (const path of [`${place}/%2e%2e/x`, `${place}/..%2f..%2fx`]) {
    expect(await send("editor", "PUT", `/api/2.0/fs/files/${path}`), path).toBeGreaterThanOrEqual(400);
  }
});
