import { systemClock } from "@flightdeck/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWalkedApp, type WalkedApp } from "../testing/walked-app.ts";

/* MLflow 3 reaches what runs and logged models keep by the Files API: who may see an experiment may see that. */

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

test("an editor writes there, a viewer reads, a stranger does neither", async () => {
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

test("signed URLs are given to whom the place is open", async () => {
  for (const place of places) {
    const url = `/api/2.0/fs/create-download-url?path=/${place}/x`;
    const statusFor = async (who: string): Promise<number> =>
      (await walked.send({ method: "POST", url }, logins[who])).status;
    expect(await statusFor("viewer"), place).not.toBe(403);
    expect(await statusFor("stranger"), place).toBe(403);
  }
});

test("whatever lies elsewhere, or only looks as if it lay there, is the admins'", async () => {
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
  expect(await send("stranger", "GET", `/api/2.0/fs/files/${absent}`)).toBe(404); // As every call on a run.
  for (const path of [`${place}/%2e%2e/x`, `${place}/..%2f..%2fx`]) {
    expect(await send("editor", "PUT", `/api/2.0/fs/files/${path}`), path).toBeGreaterThanOrEqual(400);
  }
});
