import { beforeAll, expect, test } from "vitest";
import type { Page } from "../search/page.ts";
import type { Store } from "../store.ts";

/** Number of experiments and models. The user `few` may see every tenth of them. */
const COUNT = 40;
const OWN = ["e10", "e20", "e30", "e40"];
const MODELS = ["m10", "m20", "m30", "m40"];

type Search<T> = (input: {
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}) => Promise<Page<T>>;

/** Reads all pages and returns their items and sizes. */
async function pages<T>(
  search: Search<T>,
  maxResults: number,
): Promise<{ readonly items: readonly T[]; readonly sizes: readonly number[] }> {
  const items: T[] = [];
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const page = await search({ maxResults, pageToken: token });
    items.push(...page.items);
    sizes.push(page.items.length);
    token = page.nextPageToken;
  } while (token !== undefined);
  return { items, sizes };
}

/** Searches and lists of a caller who may not see everything. */
export function callerSearchTests(store: () => Store): void {
  const ids = new Map<string, string>();
  /** `few` may see little and `most` nearly everything; the store plans their searches differently. */
  const viewOf = (principalName: string): Store => store().as({ principalName, needs: [] });

  beforeAll(async () => {
    const { tracking, registry, workspace } = store();
    for (const user of ["few", "most", "none"]) await workspace.ensurePrincipal(user);
    for (let index = 1; index <= COUNT; index++) {
      const experimentId = await tracking.createExperiment({
        name: `e${index}`,
        tags: [{ key: "secret", value: `s${index}` }],
      });
      ids.set(`e${index}`, experimentId);
      const name = `m${index}`;
      await registry.createRegisteredModel({ name, tags: [{ key: "secret", value: `s${index}` }] });
      await registry.createModelVersion({ name, source: `s3://bucket/${index}` });
      await registry.createModelVersion({ name, source: `s3://bucket/${index}` });
      await tracking.createRun({ experimentId, runName: `run of e${index}` });
      await tracking.createLoggedModel({ experimentId, name: `logged in e${index}` });
      const holders = [...(index % 10 === 0 ? ["few"] : []), ...(index % 10 === 1 ? [] : ["most"])];
      const grants = holders.map((user) => {
        return { grantee: { kind: "user", name: user }, level: "CAN_READ" } as const;
      });
      await workspace.putGrants({ kind: "experiment", experimentId }, grants, "add");
      await workspace.putGrants({ kind: "registered-model", name }, grants, "add");
    }
  });

  const experimentsOf = (user: string, filter = ""): Search<{ readonly name: string }> => {
    const { tracking } = viewOf(user);
    return (input) =>
      tracking.searchExperiments({ viewType: "ALL", orderBy: ["experiment_id"], filter, ...input });
  };

  test.each([1, 2, 3, 100])(
    "return full pages of %i experiments, and no token after the last",
    async (size) => {
      const { items, sizes } = await pages(experimentsOf("few"), size);
      expect(items.map(({ name }) => name)).toEqual(OWN);
      expect(sizes).toEqual(sizes.map((_, page) => Math.min(size, OWN.length - page * size)));
    },
  );

  test("return the same with many grants as with few", async () => {
    const all = Array.from({ length: COUNT }, (_, index) => `e${index + 1}`);
    const { items, sizes } = await pages(experimentsOf("most"), 7);
    expect(items.map(({ name }) => name)).toEqual(all.filter((_, index) => index % 10 !== 0));
    expect(sizes).toEqual([7, 7, 7, 7, 7, 1]);
  });

  test("return nothing to a user without grants, whatever the filter", async () => {
    for (const filter of ["", "tags.secret = 's7'", "name LIKE 'e%'"]) {
      const page = await experimentsOf("none", filter)({ maxResults: 1 });
      expect(page).toEqual({ items: [] });
    }
    const { registry } = viewOf("none");
    for (const filter of ["", "tags.secret = 's7'", "name = 'm7'"]) {
      expect(await registry.searchRegisteredModels({ filter, maxResults: 1 })).toEqual({ items: [] });
    }
    for (const filter of ["", "name = 'm7'", "source_path LIKE 's3%'"]) {
      expect(await registry.searchModelVersions({ filter, maxResults: 1 })).toEqual({ items: [] });
    }
  });

  test("return only visible models and versions, in full pages", async () => {
    const { registry } = viewOf("few");
    const models = await pages((input) => registry.searchRegisteredModels(input), 3);
    expect(models.items.map(({ name }) => name)).toEqual(MODELS);
    expect(models.sizes).toEqual([3, 1]);
    const orderBy = ["name", "version_number"];
    const versions = await pages((input) => registry.searchModelVersions({ ...input, orderBy }), 3);
    expect(versions.items.map(({ name, version }) => `${name} ${version}`)).toEqual(
      MODELS.flatMap((name) => [`${name} 1`, `${name} 2`]),
    );
    expect(versions.sizes).toEqual([3, 3, 2]);
    const most = await pages((input) => viewOf("most").registry.searchModelVersions(input), 10);
    expect(most.items).toHaveLength(COUNT * 2 - 8);
  });

  test("do not find an invisible experiment by name", async () => {
    expect(await viewOf("few").tracking.findExperimentByName("e7")).toBeUndefined();
    expect((await viewOf("few").tracking.findExperimentByName("e10"))?.experimentId).toBe(ids.get("e10"));
  });

  test("skip invisible experiments when several are given", async () => {
    const experimentIds = ["e7", "e10", "e11"].map((name) => ids.get(name) ?? "");
    const { tracking, traces } = viewOf("few");
    const runs = await tracking.searchRuns({ experimentIds, runViewType: "ALL" });
    expect(runs.items.map(({ info }) => info.runName)).toEqual(["run of e10"]);
    const models = await tracking.searchLoggedModels({ experimentIds });
    expect(models.items.map(({ name }) => name)).toEqual(["logged in e10"]);
    expect(await tracking.searchDatasets(experimentIds)).toEqual([]);
    expect(await traces.searchTraces({ experimentIds })).toEqual({ items: [] });
  });

  test("show what was granted to all users to everybody, and only once", async () => {
    const { workspace, tracking, registry } = store();
    const experimentId = await tracking.createExperiment({ name: "for all" });
    const { name } = await registry.createRegisteredModel({ name: "for all" });
    const everybody = { grantee: { kind: "group", name: "users" }, level: "CAN_READ" } as const;
    const few = { grantee: { kind: "user", name: "few" }, level: "CAN_EDIT" } as const;
    await workspace.putGrants({ kind: "experiment", experimentId }, [everybody, few], "add");
    await workspace.putGrants({ kind: "registered-model", name }, [everybody, few], "add");
    const seen = async (user: string): Promise<readonly string[]> =>
      (await pages(experimentsOf(user), 100)).items.map((experiment) => experiment.name);
    expect(await seen("none")).toEqual(["for all"]);
    expect(await seen("few")).toEqual([...OWN, "for all"]);
    expect((await viewOf("few").registry.searchRegisteredModels({})).items.map((each) => each.name)).toEqual([
      "for all",
      ...MODELS,
    ]);
    await registry.deleteRegisteredModel(name);
    await workspace.putGrants({ kind: "experiment", experimentId }, [], "replace");
    expect(await seen("none")).toEqual([]);
  });
}
