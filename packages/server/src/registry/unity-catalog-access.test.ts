import { systemClock } from "@flightdeck/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWalkedApp, type Sent, type WalkedApp } from "../testing/walked-app.ts";

/* A permission on a registered model applies to the files of its versions, and to nothing else. */

const NAME = "main.ml.owned";
const FILES = "main/ml/owned/1";
const UC = "/api/2.0/mlflow/unity-catalog";
const MODELS = "/api/2.1/unity-catalog/models";
const LEVELS = { viewer: "CAN_READ", editor: "CAN_EDIT", manager: "CAN_MANAGE" } as const;
const JSON_TYPE = { "content-type": "application/json" };

let walked: WalkedApp;
const logins: Record<string, string> = {};

beforeAll(async () => {
  walked = await openWalkedApp(systemClock);
  const { registry, workspace } = walked.store;
  for (const name of [NAME, "owned"]) await registry.createRegisteredModel({ name });
  for (const name of [NAME, "owned"]) await registry.createManagedVersion({ name, source: "x" });
  for (const [name, level] of Object.entries(LEVELS)) {
    logins[name] = `Bearer ${await walked.tokenOf(name, "user")}`;
    const grants = [{ grantee: { kind: "user", name }, level }] as const;
    await workspace.putGrants({ kind: "registered-model", name: NAME }, grants, "add");
  }
  // Manages a model whose name is the last level of the other's.
  logins["eve"] = `Bearer ${await walked.tokenOf("eve", "user")}`;
  const eves = [{ grantee: { kind: "user", name: "eve" }, level: "CAN_MANAGE" }] as const;
  await workspace.putGrants({ kind: "registered-model", name: "owned" }, eves, "add");
});
afterAll(() => walked.close());

type Method = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
type Body = string | object;

const send = (who: string, method: Method, url: string, payload?: Body): Promise<Sent> =>
  walked.send({ method, url, ...(payload !== undefined && { payload, headers: JSON_TYPE }) }, logins[who]);
const status = async (who: string, method: Method, url: string, payload?: Body): Promise<number> =>
  (await send(who, method, url, payload)).status;

describe("files of a version", () => {
  const file = `/api/2.0/fs/files/Models/${FILES}/MLmodel`;
  const folder = `/api/2.0/fs/directories/Models/${FILES}`;
  const path = `/Models/${FILES}/MLmodel`;

  test("can be written by an editor and read by a viewer; a stranger can do neither", async () => {
    for (const who of ["viewer", "eve"]) {
      expect([who, await status(who, "PUT", file, "x")]).toEqual([who, 403]);
      expect([who, await status(who, "PUT", `${folder}/new`)]).toEqual([who, 403]);
      expect([who, await status(who, "POST", `${file}?action=initiate-upload`, {})]).toEqual([who, 403]);
      for (const call of ["create-upload-url", "create-upload-part-urls", "create-abort-upload-url"]) {
        const body = { path, session_token: "s" };
        expect([who, call, await status(who, "POST", `/api/2.0/fs/${call}`, body)]).toEqual([who, call, 403]);
      }
    }
    expect(await status("editor", "PUT", file, "x")).toBe(204);
    for (const [method, url, body] of [
      ["GET", file],
      ["HEAD", file],
      ["GET", folder],
      ["HEAD", folder],
      ["POST", "/api/2.0/fs/create-download-url", { path }],
    ] as const) {
      expect([url, await status("viewer", method, url, body)]).toEqual([url, 200]);
      expect([url, await status("eve", method, url, body)]).toEqual([url, 403]);
    }
    expect(await status("viewer", "DELETE", file)).toBe(403);
    expect(await status("editor", "DELETE", file)).toBe(204);
  });

  test("cannot be accessed by another spelling, another version's path, or their path in DBFS", async () => {
    const location = await walked.store.registry.getModelVersionDownloadUri({ name: NAME, version: "1" });
    const kept = location.slice("dbfs:/".length);
    await status("editor", "PUT", file, "x");
    for (const url of [
      `/api/2.0/fs/files/Models/owned/1/../../main/ml/owned/1/MLmodel`,
      `/api/2.0/fs/files/Models/owned/1/%2e%2e/%2e%2e/main/ml/owned/1/MLmodel`,
      `/api/2.0/fs/files/Models/main.ml.owned/1/MLmodel`,
      `/api/2.0/fs/files//Models/${FILES}/MLmodel`,
      `/api/2.0/fs/files/%4dodels/${FILES}/MLmodel`,
      `/api/2.0/fs/files/${kept}/MLmodel`,
      `/api/2.0/fs/directories/Models`,
      `/api/2.0/fs/directories/databricks/unity-catalog`,
      `/dbfs/${kept}/MLmodel`,
    ]) {
      const answered = await status("eve", "GET", url);
      expect([url, [400, 403, 404].includes(answered)]).toEqual([url, true]);
    }
    for (const spelled of [
      `/Models/owned/1/../../${FILES}/MLmodel`,
      `//Models//${FILES}/MLmodel`,
      `/${kept}/x`,
    ]) {
      const answered = await status("eve", "POST", "/api/2.0/fs/create-download-url", { path: spelled });
      expect([spelled, [400, 403].includes(answered)]).toEqual([spelled, true]);
    }
    expect(await status("editor", "POST", `/dbfs/${kept}/MLmodel`, "x")).toBe(403);
  });

  test("give no access to the rest of the Files API, which is for admins", async () => {
    for (const other of ["Volumes/x", "Models/x", "Models/a/b", "WorkspaceInternal/x"]) {
      expect([other, await status("manager", "GET", `/api/2.0/fs/files/${other}`)]).toEqual([other, 403]);
      expect([other, await status("manager", "PUT", `/api/2.0/fs/files/${other}`, "x")]).toEqual([
        other,
        403,
      ]);
    }
  });
});

describe("calls of both dialects", () => {
  test("check the model in their path, which the body cannot contradict", async () => {
    const other = { name: "owned", registered_model_id: "owned", comment: "x" };
    expect(await status("eve", "PATCH", `${MODELS}/${NAME}`, other)).toBe(403);
    expect(await status("eve", "PATCH", `${MODELS}/${NAME}`, { ...other, full_name: "owned" })).toBe(400);
    expect(await status("eve", "GET", `${MODELS}/${NAME}?full_name=owned&name=owned`)).toBe(400);
    expect(await status("eve", "GET", `${MODELS}/${NAME}?name=owned`)).toBe(403);
    expect(await status("viewer", "PATCH", `${MODELS}/${NAME}`, { comment: "x" })).toBe(403);
    expect(await status("editor", "PATCH", `${MODELS}/${NAME}`, { comment: "x" })).toBe(200);
    expect(await status("editor", "DELETE", `${MODELS}/${NAME}`)).toBe(403);
  });

  test("check the model that is named by its levels or as a tagged securable", async () => {
    const levels = { catalog_name: "main", schema_name: "ml", model_name: "owned" };
    const version = { ...levels, name: "owned", full_name: "owned", source: "/tmp/x" };
    const credentials = "/api/2.1/unity-catalog/temporary-model-version-credentials";
    for (const who of ["eve", "viewer"]) {
      expect([who, await status(who, "POST", `${MODELS}/versions`, version)]).toEqual([who, 403]);
      expect([who, await status(who, "PATCH", `${MODELS}/${NAME}/versions/1/finalize`, {})]).toEqual([
        who,
        403,
      ]);
      const changes = { add_tags: [{ key: "k", value: "v" }] };
      for (const place of [`securable-tags/FUNCTION/${NAME}`, `subentity-tags/FUNCTION/${NAME}/1`]) {
        const url = `/api/2.1/unity-catalog/${place}`;
        const body = { changes, name: "owned", full_name: "owned" };
        expect([who, place, await status(who, "PATCH", url, body)]).toEqual([who, place, 403]);
      }
    }
    expect(await status("eve", "POST", credentials, { ...levels, version: 1 })).toBe(403);
    expect(await status("viewer", "POST", credentials, { ...levels, version: 1 })).toBe(200);
    expect(await status("editor", "POST", `${MODELS}/versions`, { ...levels, source: "/tmp/x" })).toBe(200);
  });

  test("allow only managers to rename", async () => {
    const body = { name: NAME, new_name: "main.ml.theirs" };
    expect(await status("editor", "PATCH", `${UC}/registered-models/update`, body)).toBe(403);
    expect(await status("editor", "PATCH", `${MODELS}/${NAME}`, { new_name: "theirs" })).toBe(403);
    expect(await status("manager", "PATCH", `${UC}/registered-models/update`, body)).toBe(200);
    const back = { new_name: "owned" };
    expect(await status("manager", "PATCH", `${MODELS}/main.ml.theirs`, back)).toBe(200);
  });

  test("list only visible models, by their full names", async () => {
    for (const url of [`${UC}/registered-models/search`, MODELS, `${UC}/model-versions/search`]) {
      expect([url, (await send("eve", "GET", url)).body.includes(NAME)]).toEqual([url, false]);
      expect([url, (await send("viewer", "GET", url)).body.includes("main")]).toEqual([url, true]);
    }
    for (const [list, name] of [
      ["catalogs", "main"],
      ["schemas?catalog_name=main", "ml"],
    ] as const) {
      const url = `/api/2.1/unity-catalog/${list}`;
      expect([url, (await send("eve", "GET", url)).body.includes(name)]).toEqual([url, false]);
      expect([url, (await send("viewer", "GET", url)).body.includes(name)]).toEqual([url, true]);
    }
    const { body } = await send("eve", "GET", MODELS);
    expect(JSON.parse(body)).toMatchObject({ registered_models: [{ full_name: "owned" }] });
    const versions = await send("viewer", "GET", `${MODELS}/${NAME}/versions`);
    const first = expect.objectContaining({ model_name: "owned", version: 1 });
    expect(JSON.parse(versions.body)).toMatchObject({ model_versions: expect.arrayContaining([first]) });
  });

  test("make the creator of a model its manager", async () => {
    await send("eve", "POST", `${UC}/registered-models/create`, { name: "main.ml.eves" });
    await send("eve", "POST", MODELS, { name: "eves", catalog_name: "main", schema_name: "other" });
    for (const name of ["main.ml.eves", "main.other.eves"]) {
      const body = { name, source: "/tmp/x" };
      expect([name, await status("eve", "POST", `${UC}/model-versions/create`, body)]).toEqual([name, 200]);
      expect([name, await status("eve", "DELETE", `${MODELS}/${name}`)]).toEqual([name, 200]);
      expect([name, await status("viewer", "GET", `${MODELS}/${name}`)]).toEqual([name, 404]);
    }
  });

  test("cannot create a version from files that the caller may not read", async () => {
    const body = { name: "owned", source: `models:/${NAME}/1` };
    expect(await status("eve", "POST", `${UC}/model-versions/create`, body)).toBe(403);
    const location = await walked.store.registry.getModelVersionDownloadUri({ name: NAME, version: "1" });
    const own = { name: "owned", source: location };
    expect(await status("eve", "POST", "/api/2.0/mlflow/model-versions/create", own)).toBe(403);
  });
});
