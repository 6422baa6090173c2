import type { Clock } from "@flightdeck/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../store.ts";
import { PERMISSION_LEVELS, type PermissionLevel, type Reference } from "../workspace/workspace-store.ts";
import { failure } from "./helpers.ts";

/** Opens a store with the given clock. */
export type OpenWorkspaceStore = (
  clock: Clock,
) => Promise<Pick<Store, "tracking" | "registry" | "workspace" | "close">>;

const DAY_MS = 86_400_000;

/** Tests that every `WorkspaceStore` must pass. */
export function describeWorkspaceStore(name: string, open: OpenWorkspaceStore): void {
  describe(name, () => {
    const time = { nowMs: Date.UTC(2030, 0, 1) };
    let store: Awaited<ReturnType<OpenWorkspaceStore>>;
    beforeAll(async () => {
      store = await open({ nowMs: () => time.nowMs });
    });
    afterAll(() => store.close());
    describe("tokens", () => tokenTests(() => store, time));
    describe("a new workspace", () => firstTests(open));
    describe("grants", () => grantTests(() => store));
  });
}

function tokenTests(store: () => Awaited<ReturnType<OpenWorkspaceStore>>, time: { nowMs: number }): void {
  test("authenticates its holder until it expires, and is then refused with the reason", async () => {
    const { workspace } = store();
    const ana = await workspace.ensurePrincipal("ana", "admin");
    const { value, info } = await workspace.createToken({ principalName: "ana", lifetimeMs: DAY_MS });
    expect(await workspace.authenticate(value)).toEqual({ principal: ana, tokenId: info.tokenId });
    time.nowMs += DAY_MS;
    expect(await failure(workspace.authenticate(value))).toBe(
      `UNAUTHENTICATED: Invalid access token: it expired at ${new Date(info.expiryTimeMs).toISOString()}.`,
    );
  });

  test("is refused with the reason when it is unknown, foreign or revoked", async () => {
    const { workspace } = store();
    await workspace.ensurePrincipal("bob");
    const { value, info } = await workspace.createToken({ principalName: "bob" });
    await workspace.revokeToken(info.tokenId);
    expect(await failure(workspace.authenticate(value))).toBe(
      "UNAUTHENTICATED: Invalid access token: it was revoked.",
    );
    expect(await failure(workspace.authenticate(`fdpat-${"x".repeat(43)}`))).toMatch(/it is unknown/);
    for (const foreign of ["", "dapi0123456789abcdef0123456789abcdef", `${value}x`, "\0", value.slice(1)]) {
      expect(await failure(workspace.authenticate(foreign))).toMatch(/not issued by this workspace/);
    }
  });

  test("is listed without its value, and only its owner can revoke it", async () => {
    const { workspace } = store();
    await workspace.ensurePrincipal("carla");
    const { value, info } = await workspace.createToken({ principalName: "carla", comment: "laptop" });
    expect(await workspace.listTokens("carla")).toEqual([info]);
    expect(JSON.stringify(await workspace.listTokens())).not.toContain(value);
    const notFound = `RESOURCE_DOES_NOT_EXIST: Token with ID ${info.tokenId} does not exist`;
    expect(await failure(workspace.revokeToken(info.tokenId, "ana"))).toBe(notFound);
    await workspace.revokeToken(info.tokenId, "carla");
    expect(await failure(workspace.revokeToken(info.tokenId, "carla"))).toBe(notFound);
    expect(await workspace.listTokens("carla")).toEqual([]);
  });

  test("can be exchanged for a token that ends with it", async () => {
    const { workspace } = store();
    await workspace.ensurePrincipal("job");
    const secret = await workspace.createToken({ principalName: "job", lifetimeMs: 1800_000 });
    const access = await workspace.exchangeToken(secret.value);
    expect(access.info.expiryTimeMs).toBe(secret.info.expiryTimeMs);
    expect((await workspace.authenticate(access.value)).principal.name).toBe("job");
    expect(await workspace.listTokens("job")).toEqual([secret.info]);
    expect(await failure(workspace.exchangeToken(access.value))).toMatch(/^UNAUTHENTICATED: .*exchanged/);
    await workspace.revokeToken(secret.info.tokenId);
    expect(await failure(workspace.authenticate(access.value))).toMatch(/revoked/);
  });

  test("derived from another neither outlives it nor survives its revocation, at any depth", async () => {
    const { workspace } = store();
    await workspace.ensurePrincipal("lee");
    const short = await workspace.createToken({ principalName: "lee", lifetimeMs: 3600_000 });
    const child = await workspace.createToken({
      principalName: "lee",
      lifetimeMs: 730 * DAY_MS,
      parentTokenId: short.info.tokenId,
    });
    const access = await workspace.exchangeToken(child.value);
    const { tokenId: parentTokenId } = await workspace.authenticate(access.value);
    const grandchild = await workspace.createToken({ principalName: "lee", parentTokenId });
    const again = await workspace.exchangeToken(grandchild.value);
    for (const { info } of [child, access, grandchild, again]) {
      expect(info.expiryTimeMs).toBe(short.info.expiryTimeMs);
    }
    expect(await workspace.listTokens("lee")).toEqual([short.info, child.info, grandchild.info]);
    await workspace.revokeToken(short.info.tokenId);
    for (const { value } of [short, child, access, grandchild, again]) {
      expect(await failure(workspace.authenticate(value))).toMatch(/revoked/);
    }
    expect(await workspace.listTokens("lee")).toEqual([]);
  });

  test("cannot be derived from one that is expired, revoked, unknown or another user's", async () => {
    const { workspace } = store();
    await workspace.ensurePrincipal("mia");
    await workspace.ensurePrincipal("mallory");
    const revoked = await workspace.createToken({ principalName: "mia" });
    await workspace.revokeToken(revoked.info.tokenId);
    const foreign = await workspace.createToken({ principalName: "mallory" });
    const expired = await workspace.createToken({ principalName: "mia", lifetimeMs: 1000 });
    time.nowMs += 1000;
    for (const { info } of [revoked, foreign, expired, { info: { tokenId: "0" } }]) {
      const made = workspace.createToken({ principalName: "mia", parentTokenId: info.tokenId });
      expect(await failure(made)).toMatch(/^UNAUTHENTICATED: Invalid access token/);
    }
  });

  test("lasts between a second and two years and needs an existing principal", async () => {
    const { workspace } = store();
    await workspace.ensurePrincipal("dora");
    for (const lifetimeMs of [0, 999, 731 * DAY_MS, Number.NaN]) {
      expect(await failure(workspace.createToken({ principalName: "dora", lifetimeMs }))).toMatch(
        /^INVALID_PARAMETER_VALUE: a token's lifetime must be 1 second to 730 days/,
      );
    }
    expect(await failure(workspace.createToken({ principalName: "nobody" }))).toBe(
      "RESOURCE_DOES_NOT_EXIST: Principal 'nobody' does not exist.",
    );
    for (const name of ["", "a b", "a:b", "a/b", "a\n", "x".repeat(255)]) {
      expect(await failure(workspace.ensurePrincipal(name))).toMatch(/^INVALID_PARAMETER_VALUE/);
    }
  });

  test("keeps the holder's role unless one is given, and enrols later principals as plain users", async () => {
    const { workspace } = store();
    expect(await workspace.enrol("zoe")).toMatchObject({ role: "user", isFirst: false });
    expect(await workspace.enrol("zoe", "admin")).toMatchObject({ role: "admin", isFirst: false });
    expect((await workspace.ensurePrincipal("eve")).role).toBe("user");
    expect((await workspace.ensurePrincipal("eve", "admin")).role).toBe("admin");
    expect((await workspace.ensurePrincipal("eve")).role).toBe("admin");
    expect((await workspace.ensurePrincipal("eve", "user")).role).toBe("user");
  });
}

/** Each test opens a new workspace. */
function firstTests(open: OpenWorkspaceStore): void {
  test("makes the first principal its admin", async () => {
    const { workspace, close } = await open({ nowMs: () => 0 });
    expect(await workspace.enrol("root")).toMatchObject({ role: "admin", isFirst: true });
    expect(await workspace.enrol("root")).toMatchObject({ role: "admin", isFirst: false });
    expect(await workspace.enrol("ana")).toMatchObject({ role: "user", isFirst: false });
    await close();
  });
}

function grantTests(store: () => Awaited<ReturnType<OpenWorkspaceStore>>): void {
  test("apply to everything that belongs to an experiment", async () => {
    const { tracking, workspace } = store();
    await workspace.ensurePrincipal("fay");
    const experimentId = await tracking.createExperiment({ name: "granted" });
    const { info } = await tracking.createRun({ experimentId });
    const model = await tracking.createLoggedModel({ experimentId, name: "m" });
    const references: Reference[] = [
      { kind: "experiment", experimentId },
      { kind: "experiment-name", name: "granted" },
      { kind: "run", runId: info.runId },
      { kind: "logged-model", modelId: model.modelId },
      { kind: "artifact", path: `${experimentId}/${info.runId}/artifacts/model/x` },
    ];
    const none = references.map(() => undefined);
    expect(await levelsOf("fay", references)).toEqual(none);
    await grantTo("fay", "CAN_EDIT", experimentId);
    expect(await levelsOf("fay", references)).toEqual(references.map(() => "CAN_EDIT"));
    expect(await levelsOf("gus", references)).toEqual(none);
  });

  test("are replaced, added and listed; a group's grant applies to everybody, and the highest level wins", async () => {
    const { registry, workspace } = store();
    await workspace.ensurePrincipal("hal");
    await registry.createRegisteredModel({ name: "shared" });
    const resource = { kind: "registered-model", name: "shared" } as const;
    const everybody = { grantee: { kind: "group", name: "users" }, level: "CAN_READ" } as const;
    const hal = { grantee: { kind: "user", name: "hal" }, level: "CAN_MANAGE" } as const;
    await workspace.putGrants(resource, [everybody], "replace");
    await workspace.putGrants(resource, [hal], "add");
    expect(await workspace.listGrants(resource)).toEqual([everybody, hal]);
    expect(await levelsOf("hal", [resource])).toEqual(["CAN_MANAGE"]);
    expect(await levelsOf("ida", [resource])).toEqual(["CAN_READ"]);
    await registry.renameRegisteredModel("shared", "renamed");
    const renamed = { kind: "registered-model", name: "renamed" } as const;
    expect(await workspace.listGrants(renamed)).toEqual([everybody, hal]);
    await workspace.putGrants(renamed, [], "replace");
    expect(await levelsOf("hal", [renamed])).toEqual([undefined]);
  });

  test("do not pass on to a new model with the same name", async () => {
    const { registry, workspace } = store();
    await workspace.ensurePrincipal("jo");
    await registry.createRegisteredModel({ name: "again" });
    const resource = { kind: "registered-model", name: "again" } as const;
    const grant = { grantee: { kind: "user", name: "jo" }, level: "CAN_READ" } as const;
    await workspace.putGrants(resource, [grant], "replace");
    await registry.deleteRegisteredModel("again");
    await registry.createRegisteredModel({ name: "again" });
    expect(await levelsOf("jo", [resource])).toEqual([undefined]);
  });

  test("need an existing principal and resource", async () => {
    const { workspace } = store();
    const grant = { grantee: { kind: "user", name: "nobody" }, level: "CAN_READ" } as const;
    const experiment = { kind: "experiment", experimentId: "0" } as const;
    expect(await failure(workspace.putGrants(experiment, [grant], "add"))).toMatch(
      /^RESOURCE_DOES_NOT_EXIST/,
    );
    const absent = { kind: "registered-model", name: "absent" } as const;
    expect(await failure(workspace.putGrants(absent, [], "add"))).toMatch(/^RESOURCE_DOES_NOT_EXIST/);
    expect(await failure(workspace.listGrants(absent))).toMatch(/^RESOURCE_DOES_NOT_EXIST/);
  });

  /** Returns the highest level that the principal has on each reference. */
  async function levelsOf(
    principalName: string,
    references: readonly Reference[],
  ): Promise<readonly (PermissionLevel | undefined)[]> {
    const holds = (reference: Reference, level: PermissionLevel): Promise<string> =>
      failure(store().workspace.check({ principalName, needs: [{ reference, level }] }));
    const levels: (PermissionLevel | undefined)[] = [];
    for (const reference of references) {
      const outcomes = await Promise.all(PERMISSION_LEVELS.map((level) => holds(reference, level)));
      levels.push(PERMISSION_LEVELS[outcomes.lastIndexOf("no error")]);
    }
    return levels;
  }

  async function grantTo(name: string, level: "CAN_READ" | "CAN_EDIT", experimentId: string): Promise<void> {
    const resource = { kind: "experiment", experimentId } as const;
    await store().workspace.putGrants(resource, [{ grantee: { kind: "user", name }, level }], "add");
  }

  test("on a model allow reading the files of its versions at any location, and no other files", async () => {
    const { registry, workspace } = store();
    await workspace.ensurePrincipal("reader");
    await registry.createRegisteredModel({ name: "readable" });
    await registry.createRegisteredModel({ name: "closed" });
    const grant = { grantee: { kind: "user", name: "reader" }, level: "CAN_MANAGE" } as const;
    await workspace.putGrants({ kind: "registered-model", name: "readable" }, [grant], "add");
    const sources = {
      readable: ["mlflow-artifacts:/7/run/artifacts/my%20model", "dbfs:/databricks/mlflow/7/run/model"],
      closed: ["mlflow-artifacts:/7/run/artifacts/closed"],
    };
    for (const [name, uris] of Object.entries(sources)) {
      for (const source of uris) await registry.createModelVersion({ name, source });
    }
    const readable = [
      "mlflow-artifacts:/7/run/artifacts/my model",
      "mlflow-artifacts:/7/run/artifacts/my model/deep/MLmodel",
      "dbfs:/databricks/mlflow/7/run/model/MLmodel",
    ];
    const others = [
      "mlflow-artifacts:/7/run/artifacts",
      "mlflow-artifacts:/7/run/artifacts/my model2",
      "mlflow-artifacts:/7/run/artifacts/my%20model",
      "mlflow-artifacts:/7/run/artifacts/closed/MLmodel",
      "mlflow-artifacts:/databricks/mlflow/7/run/model",
      "mlflow-artifacts:/",
      "",
    ];
    const references = [...readable, ...others].map((uri) => ({ kind: "version-files", uri }) as const);
    expect(await levelsOf("reader", references)).toEqual([
      ...readable.map(() => "CAN_READ"),
      ...others.map(() => undefined),
    ]);
  });
}
