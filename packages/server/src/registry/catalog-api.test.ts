import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/* Unity Catalog's own API. The acceptance suite tests it with databricks-sdk. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const MODEL = "/main/ml.airline";
const NAME = "main.ml.airline";

async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${server.url}/api/2.1/unity-catalog/models${path}`, init);
  return (await answer.json()) as Record<string, unknown>; // Each test names the fields that it expects.
}

async function createVersion(name: string): Promise<void> {
  await server.call("POST", "unity-catalog/model-versions/create", { name, source: "/tmp/model" });
}

test("creates, finds, changes and deletes a model and its versions", async () => {
  const created = await call("POST", "", {
    name: "airline",
    catalog_name: "main",
    schema_name: "ml",
    comment: "c",
  });
  const names = { name: "airline", catalog_name: "main", schema_name: "ml", full_name: NAME };
  expect(created).toMatchObject({ ...names, comment: "c", created_at: expect.any(Number) });
  expect(await call("GET", `/${NAME}`)).toEqual(created);
  await createVersion(NAME);
  await createVersion(NAME);
  expect(await call("PUT", `/${NAME}/aliases/champion`, { version_num: 2 })).toEqual({
    catalog_name: "main",
    schema_name: "ml",
    model_name: "airline",
    alias_name: "champion",
    version_num: 2,
  });
  const version = await call("GET", `/${NAME}/versions/2`);
  expect(version).toMatchObject({
    model_name: "airline",
    version: 2,
    status: "PENDING_REGISTRATION",
    storage_location: expect.stringMatching(/^dbfs:/),
    aliases: [{ alias_name: "champion", version_num: 2 }],
  });
  expect(await call("GET", `/${NAME}/aliases/champion`)).toEqual(version);
  expect(await call("PATCH", `/${NAME}/versions/2`, { comment: "better" })).toMatchObject({
    comment: "better",
  });
  const first = await call("GET", `/${NAME}/versions?max_results=1`);
  expect(first).toMatchObject({ model_versions: [{ version: 2 }], next_page_token: expect.any(String) });
  const token = encodeURIComponent(String(first["next_page_token"]));
  expect(await call("GET", `/${NAME}/versions?max_results=1&page_token=${token}`)).toMatchObject({
    model_versions: [{ version: 1 }],
  });
  expect(await call("DELETE", `/${NAME}/aliases/champion`)).toEqual({});
  expect(await call("DELETE", `/${NAME}/versions/1`)).toEqual({});
  expect(await call("PATCH", `/${NAME}`, { comment: "d" })).toMatchObject({ comment: "d" });
  expect(await call("PATCH", `/${NAME}`, { new_name: "renamed" })).toMatchObject({
    full_name: "main.ml.renamed",
  });
  expect(await call("PATCH", "/main.ml.renamed", { new_name: "main.other.renamed" })).toMatchObject({
    full_name: "main.other.renamed",
  });
  expect(await call("DELETE", "/main.other.renamed")).toEqual({});
  for (const path of [
    "/main.other.renamed",
    "/main.other.renamed/versions",
    "/main.other.renamed/versions/2",
  ]) {
    expect([path, await call("GET", path)]).toMatchObject([path, { error_code: "RESOURCE_DOES_NOT_EXIST" }]);
  }
});

test("lists the models of a schema, and none of a schema with a similar name", async () => {
  for (const name of ["a.b_c.m", "a.b_c.n", "a.bxc.m", "plain"]) {
    await server.call("POST", "registered-models/create", { name });
  }
  await server.call("POST", "registered-models/create", { name: "a.b_c.m.more" });
  const namesOf = async (query: string): Promise<unknown> => {
    const { registered_models: models } = await call("GET", query);
    return (models as { full_name: string }[]).map(({ full_name: name }) => name);
  };
  expect(await namesOf("?catalog_name=a&schema_name=b_c")).toEqual(["a.b_c.m", "a.b_c.n"]);
  expect(await namesOf("?max_results=0")).toContain("plain");
  expect(await call("GET", "/plain")).toMatchObject({ name: "plain", full_name: "plain" });
  expect(await namesOf("?catalog_name=a'&schema_name=' OR name LIKE '")).toEqual([]);
  for (const query of ["?catalog_name=a", "?schema_name=b"]) {
    expect(await call("GET", query)).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
  }
});

test("registers a version by levels, and finalizes it after its files are uploaded", async () => {
  const created = await call("POST", "", {
    name: "levels",
    catalog_name: "main",
    schema_name: "ml",
    tags: [{ key: "a", value: "1" }],
  });
  expect(created).toMatchObject({ tags: [{ key: "a", value: "1" }] });
  const levels = { catalog_name: "main", schema_name: "ml", model_name: "levels" };
  const version = await call("POST", "/versions", { ...levels, source: "/tmp/model", comment: "c" });
  expect(version).toMatchObject({ ...levels, version: 1, status: "PENDING_REGISTRATION", comment: "c" });
  const credentials = `${server.url}/api/2.1/unity-catalog/temporary-model-version-credentials`;
  const asked = { ...levels, version: 1, operation: "READ_WRITE_MODEL_VERSION" };
  const given = await fetch(credentials, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(asked),
  });
  expect(await given.json()).toEqual({ storage_mode: "DEFAULT_STORAGE" });
  const ready = await call("PATCH", "/main.ml.levels/versions/1/finalize", {});
  expect(ready).toMatchObject({ version: 1, status: "READY" });
  const deployed = await call("PATCH", "/main.ml.levels", { deployment_job_id: "7" });
  expect(deployed).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
});

test("tags a model and a version, one tag per call", async () => {
  await server.call("POST", "registered-models/create", { name: "main.ml.tagged" });
  await createVersion("main.ml.tagged");
  const tag = async (path: string, changes: object): Promise<unknown> => {
    const answer = await fetch(`${server.url}/api/2.1/unity-catalog/${path}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ changes }),
    });
    return await answer.json();
  };
  const places = ["securable-tags/FUNCTION/main.ml.tagged", "subentity-tags/FUNCTION/main.ml.tagged/1"];
  const tagsNow = async (): Promise<unknown[]> => {
    const model = await call("GET", "/main.ml.tagged");
    const version = await call("GET", "/main.ml.tagged/versions/1");
    return [model["tags"], version["tags"]];
  };
  const [one, two] = [
    { key: "a", value: "1" },
    { key: "b", value: "2" },
  ];
  for (const place of places) expect(await tag(place, { add_tags: [one] })).toEqual({});
  expect(await tagsNow()).toEqual([[one], [one]]);
  for (const place of places) {
    for (const changes of [
      { add_tags: [one, two] },
      { add_tags: [two], remove: ["a"] },
      { remove: ["a", "b"] },
      {},
    ]) {
      expect(await tag(place, changes)).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
    }
  }
  expect(await tagsNow()).toEqual([[one], [one]]);
  for (const place of places) expect(await tag(place, { remove: ["a"] })).toEqual({});
  expect(await tagsNow()).toEqual([[], []]);
  const table = await tag("securable-tags/TABLE/main.ml.tagged", { add_tags: [one] });
  expect(table).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
});

test("lists the catalogs and schemas of models, page by page", async () => {
  for (const name of ["x.one.m", "x.two.m", "x.two.n", "y.one.m", "x.two", "x"]) {
    await server.call("POST", "registered-models/create", { name });
  }
  type Page = { catalogs?: { name: string }[]; schemas?: { name: string }[]; next_page_token?: string };
  const list = async (path: string): Promise<Page> =>
    await ((await fetch(`${server.url}/api/2.1/unity-catalog/${path}`)).json() as Promise<Page>);
  const { catalogs = [] } = await list("catalogs?max_results=0");
  expect(catalogs.map(({ name }) => name).filter((name) => "xyz".includes(name))).toEqual(["x", "y"]);
  const { schemas = [], next_page_token: token } = await list("schemas?catalog_name=x&max_results=1");
  expect(schemas).toEqual([{ name: "one", catalog_name: "x", full_name: "x.one" }]);
  expect(await list(`schemas?catalog_name=x&max_results=1&page_token=${token ?? ""}`)).toEqual({
    schemas: [{ name: "two", catalog_name: "x", full_name: "x.two" }],
  });
  expect(await list("schemas?catalog_name=none")).toEqual({ schemas: [] });
  expect(await list("schemas?catalog_name=x&max_results=-1")).toMatchObject({
    error_code: "INVALID_PARAMETER_VALUE",
  });
});

test("a path that is not a valid name is refused", async () => {
  expect(await call("GET", MODEL)).toMatchObject({ error_code: "ENDPOINT_NOT_FOUND" });
  const wrong = { name: "x", catalog_name: "a.b", schema_name: "c" };
  expect(await call("POST", "", wrong)).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
});
