import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, makeRun, type OpenTestStore, type TestStore, texts } from "./helpers.ts";

export type RegistrySuiteOptions = {
  /** Whether the store is behind a server, which sets the user itself. */
  readonly behindServer?: boolean | undefined;
};

/** In storage that clients access directly, so that it is a valid source with or without a server in between. */
const SOURCE = "s3://bucket/model";

/** Tests that every `RegistryStore` must pass. */
export function describeRegistryStore(
  name: string,
  open: OpenTestStore,
  { behindServer = false }: RegistrySuiteOptions = {},
): void {
  describe(name, () => {
    let store: TestStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    describe("registered models", () => modelTests(() => store));
    describe("versions", () => versionTests(() => store, behindServer ? {} : { userId: "ana" }));
    describe("aliases", () => aliasTests(() => store));
    describe("search", () => searchTests(() => store));
  });
}

function modelTests(store: () => TestStore): void {
  test("keeps all fields", async () => {
    const model = await store().registry.createRegisteredModel({
      name: "kept",
      description: "d",
      tags: texts({ a: "1" }),
    });
    expect(model).toMatchObject({
      name: "kept",
      description: "d",
      tags: texts({ a: "1" }),
      aliases: [],
      latestVersions: [],
    });
    expect(await store().registry.getRegisteredModel("kept")).toEqual(model);
    await store().registry.updateRegisteredModel("kept", "e");
    expect((await store().registry.getRegisteredModel("kept")).description).toBe("e");
  });

  test("refuses invalid names with MLflow's messages", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "taken" });
    expect(await failure(registry.createRegisteredModel({ name: "taken" }))).toBe(
      "RESOURCE_ALREADY_EXISTS: Registered Model (name=taken) already exists.",
    );
    expect(await failure(registry.createRegisteredModel({ name: " " }))).toBe(
      "INVALID_PARAMETER_VALUE: Missing value for required parameter 'name'.",
    );
    expect(await failure(registry.createRegisteredModel({ name: "a/b" }))).toBe(
      "INVALID_PARAMETER_VALUE: Invalid model name 'a/b'. Names cannot contain '/' or ':'.",
    );
    expect(await failure(registry.getRegisteredModel("none"))).toBe(
      "RESOURCE_DOES_NOT_EXIST: Registered Model with name=none not found",
    );
  });

  test("renames a model with its versions", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "before" });
    await registry.createModelVersion({ name: "before", source: SOURCE });
    await registry.renameRegisteredModel("before", "after");
    expect((await registry.getModelVersion({ name: "after", version: "1" })).name).toBe("after");
    expect(await failure(registry.getRegisteredModel("before"))).toContain("not found");
    await registry.createRegisteredModel({ name: "third" });
    expect(await failure(registry.renameRegisteredModel("after", "third"))).toContain(
      "RESOURCE_ALREADY_EXISTS",
    );
  });

  test("deletes a model with its versions, tags and aliases", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "gone", tags: texts({ a: "1" }) });
    await registry.createModelVersion({ name: "gone", source: SOURCE, tags: texts({ b: "2" }) });
    await registry.setRegisteredModelAlias({ name: "gone", version: "1" }, "prod");
    await registry.deleteRegisteredModel("gone");
    const again = await registry.createRegisteredModel({ name: "gone" });
    expect(again).toMatchObject({ tags: [], aliases: [], latestVersions: [] });
    expect((await registry.createModelVersion({ name: "gone", source: SOURCE })).tags).toEqual([]);
  });

  test("sets and deletes tags, and ignores deleting a missing one", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "tagged" });
    await registry.setRegisteredModelTag("tagged", { key: "a", value: "1" });
    await registry.setRegisteredModelTag("tagged", { key: "a", value: "2" });
    expect((await registry.getRegisteredModel("tagged")).tags).toEqual(texts({ a: "2" }));
    await registry.deleteRegisteredModelTag("tagged", "a");
    await registry.deleteRegisteredModelTag("tagged", "a");
    expect((await registry.getRegisteredModel("tagged")).tags).toEqual([]);
  });
}

function versionTests(store: () => TestStore, user: { readonly userId?: string | undefined }): void {
  test("numbers versions from 1 and never reuses a number", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "numbered" });
    const created = await Promise.all(
      Array.from({ length: 5 }, () => registry.createModelVersion({ name: "numbered", source: SOURCE })),
    );
    expect(created.map(({ version }) => version).sort()).toEqual(["1", "2", "3", "4", "5"]);
    await registry.deleteModelVersion({ name: "numbered", version: "5" });
    expect((await registry.createModelVersion({ name: "numbered", source: SOURCE })).version).toBe("6");
    expect(await failure(registry.getModelVersion({ name: "numbered", version: "5" }))).toBe(
      "RESOURCE_DOES_NOT_EXIST: Model Version (name=numbered, version=5) not found",
    );
    expect(await failure(registry.getModelVersion({ name: "numbered", version: "x" }))).toBe(
      "INVALID_PARAMETER_VALUE: Parameter 'version' must be an integer, got 'x'.",
    );
    expect(await failure(registry.createModelVersion({ name: "unknown", source: SOURCE }))).toContain(
      "Registered Model with name=unknown not found",
    );
  });

  test("keeps all fields", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "full" });
    const version = await registry.createModelVersion({
      name: "full",
      source: "runs:/r/model",
      runId: "r",
      runLink: "http://x",
      description: "d",
      ...user,
      tags: texts({ a: "1" }),
    });
    expect(version).toMatchObject({
      name: "full",
      version: "1",
      currentStage: "None",
      status: "READY",
      source: "runs:/r/model",
      runId: "r",
      runLink: "http://x",
      description: "d",
      ...user,
      tags: texts({ a: "1" }),
      aliases: [],
    });
    const key = { name: "full", version: "1" };
    expect(await registry.getModelVersion(key)).toEqual(version);
    expect((await registry.updateModelVersion(key, "e")).description).toBe("e");
    await registry.setModelVersionTag(key, { key: "b", value: "2" });
    await registry.deleteModelVersionTag(key, "a");
    expect((await registry.getModelVersion(key)).tags).toEqual(texts({ b: "2" }));
  });

  test("resolves sources that refer to models", async () => {
    const { registry, tracking } = store();
    const run = await makeRun(tracking, "0");
    const model = await tracking.createLoggedModel({ experimentId: "0", sourceRunId: run.info.runId });
    await registry.createRegisteredModel({ name: "followed" });
    const { modelId } = model;
    const version = await registry.createModelVersion({
      name: "followed",
      source: `models:/${modelId}`,
      modelId,
    });
    expect(version).toMatchObject({ runId: run.info.runId, modelId });
    const key = { name: "followed", version: "1" };
    expect(await registry.getModelVersionDownloadUri(key)).toBe(model.artifactUri);
    await registry.createModelVersion({ name: "followed", source: "models:/followed/1" });
    expect(await registry.getModelVersionDownloadUri({ ...key, version: "2" })).toBe(model.artifactUri);
    expect(
      await failure(
        registry.createModelVersion({ name: "followed", source: "models:/m-none", modelId: "m-none" }),
      ),
    ).toContain("RESOURCE_DOES_NOT_EXIST");
  });

  test("tags the logged model with every version, even with concurrent calls", async () => {
    const { registry, tracking } = store();
    const { modelId } = await tracking.createLoggedModel({ experimentId: "0" });
    await registry.createRegisteredModel({ name: "told" });
    const source = `models:/${modelId}`;
    const made = Array.from({ length: 6 }, () =>
      registry.createModelVersion({ name: "told", source, modelId }),
    );
    const versions = (await Promise.all(made)).map(({ version }) => Number(version));
    const { tags } = await tracking.getLoggedModel(modelId);
    const tag = tags.find(({ key }) => key === "mlflow.modelVersions");
    const told: { name: string; version: number }[] = JSON.parse(tag?.value ?? "[]"); // The tag's format.
    expect(told.map(({ name, version }) => `${name}/${version}`).sort()).toEqual(
      versions.map((version) => `told/${version}`).sort(),
    );
  });

  test("moves between stages", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "staged" });
    for (let i = 0; i < 3; i++) await registry.createModelVersion({ name: "staged", source: SOURCE });
    const move = (version: string, stage: string, archiveExistingVersions = false): Promise<unknown> =>
      registry.transitionModelVersionStage({ name: "staged", version }, stage, { archiveExistingVersions });
    await move("1", "production");
    await move("2", "Production", true);
    const stages = async (wanted: readonly string[] = []): Promise<readonly string[]> => {
      const versions = await registry.getLatestVersions("staged", wanted);
      return versions.map(({ version, currentStage }) => `${version} ${currentStage}`).sort();
    };
    expect(await stages()).toEqual(["1 Archived", "2 Production", "3 None"]);
    expect(await stages(["PRODUCTION"])).toEqual(["2 Production"]);
    expect(await failure(move("1", "Nowhere"))).toBe(
      "INVALID_PARAMETER_VALUE: Invalid Model Version stage: Nowhere. Value must be one of None, Staging, Production, Archived.",
    );
    expect(await failure(move("1", "None", true))).toContain("cannot archive existing model versions");
    const { latestVersions } = await registry.getRegisteredModel("staged");
    expect(latestVersions.map(({ version }) => version)).toEqual(["1", "2", "3"]);
  });
}

function aliasTests(store: () => TestStore): void {
  test("point at one version at a time", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "aliased" });
    for (let i = 0; i < 2; i++) await registry.createModelVersion({ name: "aliased", source: SOURCE });
    await registry.setRegisteredModelAlias({ name: "aliased", version: "1" }, "champion");
    await registry.setRegisteredModelAlias({ name: "aliased", version: "2" }, "champion");
    expect((await registry.getModelVersionByAlias("aliased", "champion")).version).toBe("2");
    expect((await registry.getModelVersion({ name: "aliased", version: "1" })).aliases).toEqual([]);
    expect((await registry.getModelVersion({ name: "aliased", version: "2" })).aliases).toEqual(["champion"]);
    expect((await registry.getRegisteredModel("aliased")).aliases).toEqual([
      { alias: "champion", version: "2" },
    ]);
    expect((await registry.getModelVersionByAlias("aliased", "latest")).version).toBe("2");
    await registry.deleteModelVersion({ name: "aliased", version: "2" });
    expect((await registry.getRegisteredModel("aliased")).aliases).toEqual([]);
    await registry.deleteRegisteredModelAlias("aliased", "champion");
    expect(await failure(registry.getModelVersionByAlias("aliased", "champion"))).toBe(
      "INVALID_PARAMETER_VALUE: Registered model alias champion not found.",
    );
  });

  test.each([
    ["latest", "'latest' alias name (case insensitive) is reserved."],
    ["LATEST", "'latest' alias name (case insensitive) is reserved."],
    ["v12", "Version alias name 'v12' is reserved."],
    ["a b", "Invalid alias name: 'a b'. Names may only contain"],
    ["", "Missing value for required parameter 'alias'."],
    ["x".repeat(256), "'Registered model alias name' exceeds the maximum length of 255 characters"],
  ])("refuses the alias %j", async (alias, expected) => {
    expect(
      await failure(store().registry.setRegisteredModelAlias({ name: "m", version: "1" }, alias)),
    ).toContain(expected);
  });
}

function searchTests(store: () => TestStore): void {
  test("searches models with a filter, an order and pages", async () => {
    const { registry } = store();
    for (const name of ["q-b", "q-a", "q-c"])
      await registry.createRegisteredModel({ name, tags: texts({ n: name }) });
    await registry.createRegisteredModel({ name: "q-p", tags: texts({ "mlflow.prompt.is_prompt": "true" }) });
    const search = async (filter: string, orderBy: readonly string[] = []): Promise<string> => {
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await registry.searchRegisteredModels({
          filter,
          orderBy,
          maxResults: 2,
          pageToken,
        });
        names.push(...page.items.map(({ name }) => name));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return names.join(" ");
    };
    expect(await search("name LIKE 'q-%'")).toBe("q-a q-b q-c");
    expect(await search("name LIKE 'q-%'", ["name DESC"])).toBe("q-c q-b q-a");
    expect(await search("name ILIKE 'Q-%' AND tags.n != 'q-b'")).toBe("q-a q-c");
    expect(await search("name IN ('q-a', 'q-b')")).toBe("q-a q-b");
    expect(await search("tags.`mlflow.prompt.is_prompt` = 'true'")).toBe("q-p");
    expect(await search("name LIKE 'q-%' AND tags.`mlflow.prompt.is_prompt` != 'true'")).toBe("q-a q-b q-c");
    expect(await failure(registry.searchRegisteredModels({ maxResults: 1001 }))).toContain(
      "Invalid value for request parameter max_results. It must be at most 1000, but got value 1001",
    );
  });

  test("searches versions with a filter and an order", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "v-a" });
    await registry.createRegisteredModel({ name: "v-b" });
    for (const [name, runId] of [
      ["v-a", "r1"],
      ["v-a", "r2"],
      ["v-b", "r1"],
    ] as const) {
      await registry.createModelVersion({
        name,
        source: `${SOURCE}/${runId}`,
        runId,
        tags: texts({ run: runId }),
      });
    }
    const search = async (filter: string, orderBy = ["name", "version_number"]): Promise<string> => {
      const page = await registry.searchModelVersions({ filter, orderBy });
      return page.items.map(({ name, version }) => `${name}/${version}`).join(" ");
    };
    expect(await search("name LIKE 'v-%'")).toBe("v-a/1 v-a/2 v-b/1");
    expect(await search("name = 'v-a'", ["version_number DESC"])).toBe("v-a/2 v-a/1");
    expect(await search("run_id = 'r1'")).toBe("v-a/1 v-b/1");
    expect(await search("run_id IN ('r2') AND source_path LIKE 's3://%'")).toBe("v-a/2");
    expect(await search("name LIKE 'v-%' AND version_number > 1")).toBe("v-a/2");
    expect(await search("tags.run = 'r1' AND NOT name = 'v-b'")).toBe("v-a/1");
    expect(await failure(registry.searchModelVersions({ maxResults: 0 }))).toContain(
      "Invalid value for max_results. It must be a positive integer, but got 0",
    );
  });
}
