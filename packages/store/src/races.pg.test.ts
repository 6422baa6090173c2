import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "./open-store.ts";
import type { Store } from "./store.ts";
import { failure, makeRun, metric, texts } from "./testing/helpers.ts";

/* Two stores on one database, each with its own connections, like two server processes. */

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

/** Enough that both stores have several transactions in flight at any moment. */
const CALLS = 40;

describe.skipIf(postgres.missing)(
  `concurrent writers on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let stores: readonly [Store, Store];
    beforeAll(async () => {
      const backendStoreUri = await valueOf(postgres).createDatabase();
      const open = (): Promise<Store> =>
        openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
      stores = [await open(), await open()];
    });
    afterAll(() => Promise.all(stores.map((store) => store.close())));

    const store = (index: number): Store => stores[index % 2 === 0 ? 0 : 1];
    /** Makes the calls at once, alternating between the two stores, and returns the outcome of each. */
    const race = (call: (store: Store, index: number) => Promise<unknown>): Promise<readonly string[]> =>
      Promise.all(Array.from({ length: CALLS }, (_, index) => failure(call(store(index), index))));
    const newRun = async (): Promise<string> => (await makeRun(store(0).tracking, "0")).info.runId;

    test("create one experiment per name", async () => {
      const outcomes = await race(({ tracking }) => tracking.createExperiment({ name: "raced" }));
      expect(outcomes.filter((outcome) => outcome === "no error")).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(
        new Set(["no error", "RESOURCE_ALREADY_EXISTS: Experiment(name=raced) already exists."]),
      );
    });

    test("leave no valid token that was made with a token while that was being revoked", async () => {
      await store(0).workspace.ensurePrincipal("racer");
      const root = await store(0).workspace.createToken({ principalName: "racer" });
      const made = { principalName: "racer", parentTokenId: root.info.tokenId };
      const child = await store(0).workspace.createToken(made);
      const values: string[] = [];
      await race(async ({ workspace }, index) => {
        if (index === CALLS / 2) return workspace.revokeToken(root.info.tokenId);
        const parentTokenId = child.info.tokenId;
        const created =
          index % 3 === 0
            ? await workspace.exchangeToken(child.value)
            : await workspace.createToken({ principalName: "racer", parentTokenId });
        values.push(created.value);
      });
      expect(values.length).toBeGreaterThan(0);
      for (const value of [root.value, child.value, ...values]) {
        expect(await failure(store(1).workspace.authenticate(value))).toMatch(/it was revoked/);
      }
    });

    test("rename only one experiment to a name", async () => {
      const ids = await Promise.all(
        Array.from({ length: CALLS }, (_, index) =>
          store(index).tracking.createExperiment({ name: `e${index}` }),
        ),
      );
      const outcomes = await race(({ tracking }, index) => tracking.renameExperiment(ids[index]!, "wanted"));
      expect(outcomes.filter((outcome) => outcome === "no error")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome.startsWith("RESOURCE_ALREADY_EXISTS"))).toHaveLength(
        CALLS - 1,
      );
    });

    test("leave no live run in a deleted experiment", async () => {
      const { tracking } = store(0);
      const experimentId = await tracking.createExperiment({ name: "deleted under way" });
      await race(({ tracking }, index) =>
        index === CALLS / 2 ? tracking.deleteExperiment(experimentId) : tracking.createRun({ experimentId }),
      );
      const experimentIds = [experimentId];
      expect((await tracking.searchRuns({ experimentIds, runViewType: "ACTIVE_ONLY" })).items).toEqual([]);
      expect((await tracking.searchRuns({ experimentIds, runViewType: "DELETED_ONLY" })).items).not.toEqual(
        [],
      );
    });

    test("restore a run or remove it permanently, never both", async () => {
      const runIds = await Promise.all(Array.from({ length: CALLS / 2 }, newRun));
      for (const runId of runIds) await store(0).tracking.deleteRun(runId);
      const garbage = new Map((await store(0).garbage.findGarbage()).map((each) => [each.id, each]));
      const removed: string[] = [];
      const outcomes = await race(async (each, index) => {
        const runId = runIds[index >> 1]!;
        if (index % 2 === 0) return each.tracking.restoreRun(runId);
        removed.push(...(await each.garbage.remove([garbage.get(runId)!])).map(({ id }) => id));
      });
      const restored = runIds.filter((_, index) => outcomes[index * 2] === "no error");
      expect([...restored, ...removed].toSorted()).toEqual(runIds.toSorted());
      for (const runId of restored) {
        expect((await store(0).tracking.getRun(runId)).info.lifecycleStage).toBe("active");
      }
    });

    test("restore an experiment with all its contents, or remove all of it", async () => {
      const { tracking, garbage } = store(0);
      for (let round = 0; round < CALLS / 4; round++) {
        const experimentId = await tracking.createExperiment({ name: `restored ${round}` });
        const { runId } = (await makeRun(tracking, experimentId)).info;
        const { modelId } = await tracking.createLoggedModel({ experimentId });
        await tracking.deleteExperiment(experimentId);
        const found = await garbage.findGarbage({ experimentIds: [experimentId] });
        const [restored, removed] = await Promise.all([
          failure(store(1).tracking.restoreExperiment(experimentId)),
          garbage.remove(found),
        ]);
        expect(removed).toEqual(restored === "no error" ? [] : found);
        if (restored !== "no error") continue;
        expect((await tracking.getRun(runId)).info.lifecycleStage).toBe("active");
        expect((await tracking.getLoggedModel(modelId)).modelId).toBe(modelId);
      }
    });

    test("never change a param of a run or a model", async () => {
      const runId = await newRun();
      const { modelId } = await store(0).tracking.createLoggedModel({ experimentId: "0" });
      const ofRun = await race(({ tracking }, index) =>
        tracking.logParam(runId, { key: "p", value: String(index % 4) }),
      );
      const ofModel = await race(({ tracking }, index) =>
        tracking.logLoggedModelParams(modelId, texts({ p: String(index % 4) })),
      );
      for (const outcomes of [ofRun, ofModel]) {
        expect(outcomes.filter((outcome) => outcome === "no error")).toHaveLength(CALLS / 4);
        expect(
          outcomes.filter((outcome) => outcome.startsWith("INVALID_PARAMETER_VALUE: Changing param values")),
        ).toHaveLength((CALLS * 3) / 4);
      }
      const winner = ofRun.indexOf("no error") % 4;
      expect((await store(1).tracking.getRun(runId)).data.params).toEqual(texts({ p: String(winner) }));
    });

    test("keep every point of every new key, and the latest value", async () => {
      const runId = await newRun();
      const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
      const outcomes = await race(({ tracking }, step) => {
        const rotated = [...keys.slice(step % keys.length), ...keys.slice(0, step % keys.length)];
        return tracking.logBatch({
          runId,
          metrics: rotated.map((key) => metric(key, step, { step })),
          tags: rotated.map((key) => ({ key: `tag ${key}`, value: "v" })),
        });
      });
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
      const { data } = await store(1).tracking.getRun(runId);
      expect(new Map(data.metrics.map(({ key, step }) => [key, step]))).toEqual(
        new Map(keys.map((key) => [key, CALLS - 1])),
      );
      const { items } = await store(1).tracking.getMetricHistory({ runId, metricKey: "key 7" });
      expect(items).toHaveLength(CALLS);
    });

    test("keep a run's status, end time and name when each is set separately", async () => {
      const runId = await newRun();
      const changes = [{ status: "FINISHED" }, { endTimeMs: 9 }, { runName: "named" }] as const;
      const outcomes = await race(({ tracking }, index) =>
        tracking.updateRun({ runId, ...changes[index % changes.length] }),
      );
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
      const { info } = await store(0).tracking.getRun(runId);
      expect(info).toMatchObject({ status: "FINISHED", endTimeMs: 9, runName: "named" });
    });

    test("keep every entry of a list that is stored in one tag", async () => {
      const runId = await newRun();
      const outcomes = await race(({ tracking }, index) =>
        tracking.logModelJson(runId, JSON.stringify({ artifact_path: `m${index}`, flavors: {} })),
      );
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
      const { tags } = (await store(1).tracking.getRun(runId)).data;
      const history = tags.find(({ key }) => key === "mlflow.log-model.history")?.value ?? "";
      expect(JSON.parse(history)).toHaveLength(CALLS);
    });

    test("store a dataset once", async () => {
      const runId = await newRun();
      const dataset = { name: "flights", digest: "d", sourceType: "local", source: "{}" };
      const outcomes = await race(({ tracking }) =>
        tracking.logInputs(runId, [{ dataset, tags: texts({ a: "1" }) }], []),
      );
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
      expect((await store(1).tracking.getRun(runId)).inputs.datasetInputs).toEqual([
        { dataset, tags: texts({ a: "1" }) },
      ]);
    });

    test("number versions without gaps or duplicates, and keep one version in a stage", async () => {
      await store(0).registry.createRegisteredModel({ name: "raced" });
      const versions = await Promise.all(
        Array.from({ length: CALLS }, (_, index) =>
          store(index).registry.createModelVersion({ name: "raced", source: "s3://bucket/model" }),
        ),
      );
      const numbers = versions.map(({ version }) => Number(version)).toSorted((a, b) => a - b);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      const outcomes = await race(({ registry }, index) => {
        const version = { name: "raced", version: String(index + 1) };
        return registry.transitionModelVersionStage(version, "Production", { archiveExistingVersions: true });
      });
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
      expect(await store(1).registry.getLatestVersions("raced", ["Production"])).toHaveLength(1);
      const { items } = await store(1).registry.searchModelVersions({ filter: "name = 'raced'" });
      expect(items.filter(({ currentStage }) => currentStage === "Production")).toHaveLength(1);
    });

    test("number new versions while others are imported", async () => {
      const [source, name] = ["elsewhere", "imported"];
      const model = { name, description: "", creationTimeMs: 1, lastUpdateTimeMs: 1, tags: [], aliases: [] };
      await store(0).registry.createRegisteredModel({ name });
      const outcomes = await race(({ registry, imports }, index) =>
        index % 4 === 0
          ? imports.importRegisteredModel(source, { ...model, lastVersion: index, versions: [] })
          : registry.createModelVersion({ name, source: "s3://bucket/model" }),
      );
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
      const { version } = await store(1).registry.createModelVersion({ name, source: "s3://bucket/model" });
      const { items } = await store(1).registry.searchModelVersions({ filter: `name = '${name}'` });
      expect(Number(version)).toBe(Math.max(...items.map((item) => Number(item.version))));
      expect(Number(version)).toBeGreaterThan(CALLS - 4);
    });

    test("see that another writer deleted the model, and fail in no other way", async () => {
      const { registry } = store(0);
      await registry.createRegisteredModel({ name: "gone" });
      const version = { name: "gone", version: "1" };
      await registry.createModelVersion({ name: "gone", source: "s3://bucket/model" });
      const outcomes = await race(({ registry }, index) => {
        if (index === CALLS / 2) return registry.deleteRegisteredModel("gone");
        if (index % 3 === 0) return registry.setRegisteredModelTag("gone", { key: `k${index}`, value: "" });
        if (index % 3 === 1) return registry.setRegisteredModelAlias(version, `alias${index}`);
        return registry.createModelVersion({ name: "gone", source: "s3://bucket/model" });
      });
      for (const outcome of outcomes) expect(outcome).toMatch(/^(no error|RESOURCE_DOES_NOT_EXIST: .*)$/);
      expect(outcomes[CALLS / 2]).toBe("no error");
      expect(await failure(registry.getRegisteredModel("gone"))).toContain("RESOURCE_DOES_NOT_EXIST");
    });
  },
);
