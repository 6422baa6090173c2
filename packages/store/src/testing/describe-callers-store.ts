import { assert } from "@flightdeck/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../store.ts";
import type { Caller, Need, PermissionLevel, Reference, Resource } from "../workspace/workspace-store.ts";
import { callerSearchTests } from "./caller-search-tests.ts";
import { failure } from "./helpers.ts";

/** Tests that every implementation of `Store.as` must pass. */
export function describeCallersStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
      for (const user of ["ana", "bob"]) await store.workspace.ensurePrincipal(user);
    });
    afterAll(() => store.close());
    describe("needs", () => needTests(() => store));
    describe("a new resource", () => creationTests(() => store));
    describe("searches", () => callerSearchTests(() => store));
  });
}

let nextName = 0;
/** Returns a name that no other test uses. */
function fresh(what: string): string {
  return `${what} ${nextName++}`;
}

export function as(store: Store, principalName: string, ...needs: readonly Need[]): Store {
  return store.as({ principalName, needs });
}

export async function grant(
  { workspace }: Store,
  user: string,
  level: PermissionLevel,
  resource: Resource,
): Promise<void> {
  await workspace.putGrants(resource, [{ grantee: { kind: "user", name: user }, level }], "add");
}

/** One reference of each kind that is an experiment or belongs to one. */
async function experimentReferences({ tracking, traces }: Store): Promise<readonly Reference[]> {
  const name = fresh("experiment");
  const experimentId = await tracking.createExperiment({ name });
  const { info } = await tracking.createRun({ experimentId });
  const { modelId } = await tracking.createLoggedModel({ experimentId });
  const { traceId } = await traces.startTraceV2({ experimentId, timestampMs: 0 });
  return [
    { kind: "experiment", experimentId },
    { kind: "experiment-name", name },
    { kind: "run", runId: info.runId },
    { kind: "logged-model", modelId },
    { kind: "run", runId: modelId },
    { kind: "trace", traceId },
    { kind: "artifact", path: `${experimentId}/${info.runId}/artifacts/x` },
  ];
}

const ABSENT: readonly (readonly [Reference, string])[] = [
  [
    { kind: "experiment", experimentId: "999999" },
    "RESOURCE_DOES_NOT_EXIST: No Experiment with id=999999 exists",
  ],
  [
    { kind: "experiment-name", name: "absent" },
    "RESOURCE_DOES_NOT_EXIST: Could not find experiment with name 'absent'",
  ],
  [{ kind: "run", runId: "absent" }, "RESOURCE_DOES_NOT_EXIST: Run with id=absent not found"],
  [
    { kind: "logged-model", modelId: "m-absent" },
    "RESOURCE_DOES_NOT_EXIST: Logged model with ID 'm-absent' not found.",
  ],
  [{ kind: "trace", traceId: "absent" }, "RESOURCE_DOES_NOT_EXIST: Trace with ID 'absent' not found."],
  [
    { kind: "registered-model", name: "absent" },
    "RESOURCE_DOES_NOT_EXIST: Registered Model with name=absent not found",
  ],
  [
    { kind: "artifact", path: "elsewhere/x" },
    "PERMISSION_DENIED: ana must be an admin, because this does not belong to an experiment or model",
  ],
];

const EMPTY: readonly (readonly [Reference, string])[] = [
  [{ kind: "experiment", experimentId: "" }, "INVALID_PARAMETER_VALUE"],
  [{ kind: "experiment", experimentId: "x" }, "INVALID_PARAMETER_VALUE"],
  [{ kind: "experiment", experimentId: "9".repeat(40) }, "INVALID_PARAMETER_VALUE"],
  [{ kind: "experiment-name", name: "" }, "RESOURCE_DOES_NOT_EXIST"],
  [{ kind: "run", runId: "" }, "RESOURCE_DOES_NOT_EXIST"],
  [{ kind: "logged-model", modelId: "" }, "RESOURCE_DOES_NOT_EXIST"],
  [{ kind: "trace", traceId: "" }, "RESOURCE_DOES_NOT_EXIST"],
  [{ kind: "registered-model", name: "" }, "RESOURCE_DOES_NOT_EXIST"],
  [{ kind: "artifact", path: "" }, "PERMISSION_DENIED"],
  [{ kind: "version-files", uri: "" }, "PERMISSION_DENIED"],
];

function needTests(store: () => Store): void {
  test("are met by the required level, and not by a lower one", async () => {
    const references = await experimentReferences(store());
    const [experiment] = references;
    assert(experiment?.kind === "experiment", "the experiment comes first");
    const outcomes = (level: PermissionLevel): Promise<readonly string[]> =>
      Promise.all(references.map((reference) => checked(store(), { reference, level })));
    for (const outcome of await outcomes("CAN_READ")) {
      expect(outcome).toMatch(/^PERMISSION_DENIED: ana needs CAN_READ on [a-z ]+ "[^"]+"$/);
    }
    await grant(store(), "ana", "CAN_EDIT", experiment);
    expect(new Set(await outcomes("CAN_EDIT"))).toEqual(new Set(["no error"]));
    expect((await outcomes("CAN_MANAGE"))[0]).toBe(
      `PERMISSION_DENIED: ana needs CAN_MANAGE on experiment "${experiment.experimentId}"`,
    );
    expect(await store().workspace.findVisible("ana", references)).toEqual(references.map(() => true));
    expect(await store().workspace.findVisible("bob", references)).toEqual(references.map(() => false));
  });

  test.each(ABSENT)(
    "refuse a missing resource with the same error as its own calls: %j",
    async (reference, message) => {
      expect(await checked(store(), { reference, level: "CAN_READ" })).toBe(message);
      const need: Need = { reference, level: "CAN_MANAGE", mayBeAbsent: true };
      expect(await checked(store(), need)).toBe("no error");
      expect(await store().workspace.findVisible("ana", [reference])).toEqual([false]);
    },
  );

  test.each(EMPTY)("refuse empty and invalid ids: %j", async (reference, code) => {
    expect(await checked(store(), { reference, level: "CAN_READ" })).toMatch(code);
    expect(await store().workspace.findVisible("ana", [reference])).toEqual([false]);
  });

  test("require the level on an optional resource if it exists", async () => {
    const name = fresh("model");
    await store().registry.createRegisteredModel({ name });
    const reference = { kind: "registered-model", name } as const;
    expect(await checked(store(), { reference, level: "CAN_READ", mayBeAbsent: true })).toBe(
      `PERMISSION_DENIED: ana needs CAN_READ on registered model "${name}"`,
    );
  });

  test("are met by an alternative, even if the first reference belongs to nobody", async () => {
    const name = fresh("model");
    await store().registry.createRegisteredModel({ name });
    await store().registry.createModelVersion({ name, source: "mlflow-artifacts:/kept/model" });
    const need = {
      reference: { kind: "artifact", path: "kept/model/MLmodel" },
      level: "CAN_READ",
      or: { kind: "version-files", uri: "mlflow-artifacts:/kept/model/MLmodel" },
    } as const;
    expect(await checked(store(), need)).toMatch(/^PERMISSION_DENIED/);
    await grant(store(), "ana", "CAN_READ", { kind: "registered-model", name });
    expect(await checked(store(), need)).toBe("no error");
    expect(await checked(store(), { ...need, level: "CAN_EDIT" })).toMatch(/^PERMISSION_DENIED/);
  });

  test("must all be met, in reads and in writes, or the call has no effect", async () => {
    const own = await store().tracking.createExperiment({ name: fresh("own") });
    const foreign = await store().tracking.createExperiment({ name: fresh("foreign") });
    await grant(store(), "ana", "CAN_MANAGE", { kind: "experiment", experimentId: own });
    const needs = [own, foreign].map((experimentId): Need => {
      return { reference: { kind: "experiment", experimentId }, level: "CAN_READ" };
    });
    const { tracking } = as(store(), "ana", ...needs);
    const refusal = `PERMISSION_DENIED: ana needs CAN_READ on experiment "${foreign}"`;
    expect(await failure(tracking.getExperiment(own))).toBe(refusal);
    expect(await failure(tracking.setExperimentTag(own, { key: "k", value: "v" }))).toBe(refusal);
    expect((await store().tracking.getExperiment(own)).tags).toEqual([]);
  });

  test("are checked until the first write, and not after", async () => {
    const name = fresh("model");
    await store().registry.createRegisteredModel({ name });
    const resource = { kind: "registered-model", name } as const;
    await grant(store(), "ana", "CAN_MANAGE", resource);
    const { registry, workspace } = as(store(), "ana", { reference: resource, level: "CAN_MANAGE" });
    await registry.renameRegisteredModel(name, `${name} renamed`);
    await workspace.putGrants({ ...resource, name: `${name} renamed` }, [], "replace");
    expect((await registry.getRegisteredModel(`${name} renamed`)).name).toBe(`${name} renamed`);
  });

  test("are not met by a different model that took over the name between two calls", async () => {
    const name = fresh("model");
    await store().registry.createRegisteredModel({ name });
    const resource = { kind: "registered-model", name } as const;
    await grant(store(), "ana", "CAN_EDIT", resource);
    const { registry } = as(store(), "ana", { reference: resource, level: "CAN_EDIT" });
    await registry.getRegisteredModel(name);
    await store().registry.renameRegisteredModel(name, `${name} before`);
    expect(await failure(registry.setRegisteredModelTag(name, { key: "k", value: "v" }))).toBe(
      `RESOURCE_DOES_NOT_EXIST: Registered Model with name=${name} not found`,
    );
    await store().registry.createRegisteredModel({ name });
    expect(await failure(registry.setRegisteredModelTag(name, { key: "k", value: "v" }))).toBe(
      `PERMISSION_DENIED: ana needs CAN_EDIT on registered model "${name}"`,
    );
    expect((await store().registry.getRegisteredModel(name)).tags).toEqual([]);
  });

  test("may be empty", async () => {
    expect(await failure(as(store(), "bob").workspace.listTokens("bob"))).toBe("no error");
  });
}

function checked({ workspace }: Store, need: Need): Promise<string> {
  return failure(workspace.check({ principalName: "ana", needs: [need] }));
}

function creationTests(store: () => Store): void {
  const creating = (creates: Caller["creates"]): Store =>
    store().as({ principalName: "ana", needs: [], creates });

  test("can be managed by the caller", async () => {
    const experimentId = await creating("experiment").tracking.createExperiment({ name: fresh("created") });
    const { name } = await creating("registered-model").registry.createRegisteredModel({
      name: fresh("created"),
    });
    const resources: readonly Resource[] = [
      { kind: "experiment", experimentId },
      { kind: "registered-model", name },
    ];
    for (const resource of resources) {
      expect(await store().workspace.listGrants(resource)).toEqual([
        { grantee: { kind: "user", name: "ana" }, level: "CAN_MANAGE" },
      ]);
    }
  });

  test("is not created by a call that is not declared to create it", async () => {
    const name = fresh("undeclared");
    expect(await failure(creating(undefined).tracking.createExperiment({ name }))).toMatch(/AssertionError/);
    expect(await failure(creating("experiment").registry.createRegisteredModel({ name }))).toMatch(
      /AssertionError/,
    );
    expect(await store().tracking.findExperimentByName(name)).toBeUndefined();
    expect(await failure(store().registry.getRegisteredModel(name))).toMatch(/^RESOURCE_DOES_NOT_EXIST/);
  });

  test("is not granted to a caller who asks for a name that is taken", async () => {
    const name = fresh("taken");
    const experimentId = await store().tracking.createExperiment({ name });
    expect(await failure(creating("experiment").tracking.createExperiment({ name }))).toMatch(
      /^RESOURCE_ALREADY_EXISTS/,
    );
    expect(await store().workspace.listGrants({ kind: "experiment", experimentId })).toEqual([]);
  });
}
