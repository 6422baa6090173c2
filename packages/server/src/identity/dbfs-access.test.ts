import { systemClock } from "@flightdeck/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWalkedApp, type WalkedApp } from "../testing/walked-app.ts";

/* Clients of a workspace store the artifacts of runs in DBFS. Whoever may see an experiment may see its folder there. */

let walked: WalkedApp;
let place: string;
const logins: Record<string, string> = {};

beforeAll(async () => {
  walked = await openWalkedApp(systemClock);
  const { tracking, workspace } = walked.store;
  const artifactRoot = "dbfs:/databricks/mlflow";
  const experimentId = await tracking.createExperiment({ name: "owned", artifactRoot });
  for (const [name, level] of Object.entries({ viewer: "CAN_READ", editor: "CAN_EDIT" } as const)) {
    logins[name] = `Bearer ${await walked.tokenOf(name, "user")}`;
    const grants = [{ grantee: { kind: "user", name }, level }] as const;
    await workspace.putGrants({ kind: "experiment", experimentId }, grants, "add");
  }
  logins["stranger"] = `Bearer ${await walked.tokenOf("stranger", "user")}`;
  place = `databricks/mlflow/${experimentId}/run/artifacts/x`;
});
afterAll(() => walked.close());

const send = async (who: string, method: "GET" | "POST", url: string): Promise<number> =>
  (await walked.send({ method, url, ...(method === "POST" && { payload: "x" }) }, logins[who])).status;

test("an editor can write there, a viewer can read, and a stranger can do neither", async () => {
  expect(await send("viewer", "POST", `/dbfs/${place}`)).toBe(403);
  expect(await send("stranger", "POST", `/dbfs/${place}`)).toBe(403);
  expect(await send("editor", "POST", `/dbfs/${place}`)).toBe(200);
  const looks = ["get-status", "list", "read"].map((call) => `/api/2.0/dbfs/${call}?path=/${place}`);
  for (const look of [...looks, `/dbfs/${place}`]) {
    expect(await send("viewer", "GET", look), look).toBe(200);
    expect(await send("stranger", "GET", look), look).toBe(403);
  }
});

test("only admins can access other paths, including those that only look like an experiment's", async () => {
  const [, , id = ""] = place.split("/");
  const others = ["", "x", "databricks/mlflow", `databricks/mlflow/${id}`, `x/databricks/mlflow/${id}/x`];
  for (const path of others) {
    expect(await send("editor", "GET", `/api/2.0/dbfs/list?path=/${path}`), path).toBe(403);
    if (path !== "") expect(await send("editor", "POST", `/dbfs/${path}`), path).toBe(403);
  }
  const refused = await walked.send({ method: "GET", url: "/api/2.0/dbfs/list?path=/x" }, logins["editor"]);
  expect(refused.message).toContain(
    "editor must be an admin, because this does not belong to an experiment or model",
  );
  expect(await send("editor", "POST", `/dbfs/databricks/mlflow/%2531/x`)).toBe(403);
  for (const path of [`${place}/../../../../../x`, `databricks/mlflow/${id}/%2e%2e/x`]) {
    expect(await send("editor", "POST", `/dbfs/${path}`), path).toBeGreaterThanOrEqual(400);
  }
});
