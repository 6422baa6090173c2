import { systemClock } from "@flightdeck/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWalkedApp, type WalkedApp } from "../testing/walked-app.ts";

/* A grant on a registered model is enough to read the files of its versions in the run's folder, but nothing else. */

const ROOTS = { "mlflow-artifacts": "mlflow-artifacts:/", dbfs: "dbfs:/databricks/mlflow" } as const;

let walked: WalkedApp;
const logins: Record<string, string> = {};
/** Below the store's root, `<experiment>/<run>/artifacts`. */
const folders: Record<string, string> = {};

beforeAll(async () => {
  walked = await openWalkedApp(systemClock);
  const { registry, tracking, workspace } = walked.store;
  for (const name of ["reader", "stranger"]) logins[name] = `Bearer ${await walked.tokenOf(name, "user")}`;
  logins["admin"] = `Bearer ${await walked.tokenOf("admin", "admin")}`;
  const grants = [{ grantee: { kind: "user", name: "reader" }, level: "CAN_MANAGE" }] as const;
  for (const [store, artifactRoot] of Object.entries(ROOTS)) {
    const experimentId = await tracking.createExperiment({ name: store, artifactRoot });
    const { artifactUri, runId } = (await tracking.createRun({ experimentId })).info;
    folders[store] = artifactUri.replace(/^[a-z-]+:\//, "");
    await registry.createRegisteredModel({ name: store });
    await registry.createModelVersion({ name: store, source: `${artifactUri}/model`, runId });
    await workspace.putGrants({ kind: "registered-model", name: store }, grants, "add");
    for (const path of ["model/MLmodel", "model2/MLmodel"])
      expect(await write("admin", store, path)).toBe(200);
  }
});
afterAll(() => walked.close());

const urlOf = (store: string, path: string): string => {
  const root = store === "dbfs" ? "/dbfs" : "/api/2.0/mlflow-artifacts/artifacts";
  return `${root}/${folders[store]}/${path}`;
};
const request = async (
  who: string,
  method: "GET" | "PUT" | "POST" | "DELETE",
  url: string,
): Promise<number> =>
  (await walked.send({ method, url, ...(method !== "GET" && { payload: "x" }) }, logins[who])).status;
const write = (who: string, store: string, path: string): Promise<number> =>
  request(
    who,
    store === "dbfs" ? "POST" : "PUT",
    `${urlOf(store, path)}${store === "dbfs" ? "?overwrite=true" : ""}`,
  );

describe.each(Object.keys(ROOTS))("files at %s", (store) => {
  const lists = (path: string): string =>
    store === "dbfs"
      ? `/api/2.0/dbfs/list?path=/${folders[store]}/${path}`
      : `/api/2.0/mlflow-artifacts/artifacts?path=${folders[store]}/${path}`;

  test("can be read and listed by whoever may see the model", async () => {
    for (const url of [urlOf(store, "model/MLmodel"), lists("model")]) {
      expect([url, await request("reader", "GET", url)]).toEqual([url, 200]);
      expect([url, await request("stranger", "GET", url)]).toEqual([url, 403]);
    }
  });

  test("next to the version's cannot be read, however the path is spelled", async () => {
    for (const path of ["model2/MLmodel", "", "model/../model2/MLmodel", "model/%2e%2e/model2/MLmodel"]) {
      const answered = await request("reader", "GET", urlOf(store, path));
      expect([path, [400, 403].includes(answered)]).toEqual([path, true]);
    }
    for (const path of ["", "model2", "model/../model2"]) {
      const answered = await request("reader", "GET", lists(path));
      expect([path, [400, 403].includes(answered)]).toEqual([path, true]);
    }
  });

  test("cannot be written or deleted with a grant on the model", async () => {
    expect(await write("reader", store, "model/MLmodel")).toBe(403);
    expect(await write("reader", store, "model/new")).toBe(403);
    expect(await request("reader", "DELETE", urlOf(store, "model/MLmodel"))).toBeGreaterThanOrEqual(403);
  });
});
