import type { Access } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attackedRoutes, attacksOn, markedFields, unmarkedNames } from "../testing/attack-requests.ts";
import {
  attacksOnField,
  isGiven,
  ownQueries,
  type RootField,
  rootFields,
} from "../testing/attack-queries.ts";
import { findHoles } from "../testing/find-holes.ts";
import { createWorld, type World } from "../testing/two-worlds.ts";
import { openWalkedApp, type WalkedApp, type WalkedRoute } from "../testing/walked-app.ts";

/*
 * Every route of the server, and every field that a GraphQL document can begin with, against users who hold nothing of Ana's: her names, absent ones and none in every text that
 * its schema has, alone and beside one of the user's own. What a schema marks as a name is refused, no answer holds
 * anything of hers, and nothing of hers changes. Routes and texts come from the schemas, so that a new one is tried on
 * the day it is added.
 */

const walked: WalkedApp = await openWalkedApp({ nowMs: () => Date.UTC(2030, 0, 1) });
let ana: World;

beforeAll(async () => {
  await walked.tokenOf("ana", "user");
  ana = await createWorld({ ...walked, owner: "ana" });
});
afterAll(() => walked.close());

const routes = attackedRoutes(walked);
const table = routes.map((route): [string, WalkedRoute] => [`${route.method} ${route.url}`, route]);

const fields = rootFields().map((root): [string, RootField] => [
  `${root.operation} ${root.field.name}`,
  root,
]);

/** A new user for each route, with a world of their own: some calls end with what they name gone. */
let users = 0;
async function createUser(): Promise<{ readonly world: World; readonly login: string }> {
  users += 1;
  const owner = `user${users}`;
  const login = `Bearer ${await walked.tokenOf(owner, "user")}`;
  return { login, world: await createWorld({ ...walked, owner }) };
}

/** Tries everything on a route as a new user, and gives what got through to a victim. */
async function holesIn(route: WalkedRoute, victim: World): Promise<readonly string[]> {
  const { world, login } = await createUser();
  return findHoles(attacksOn(route, world, victim), {
    victim,
    send: (request) => walked.send(request, login),
    isGiven: ({ status }) => status < 300,
  });
}

/** The same on a field of GraphQL, whose refusals have status 200 too. */
async function holesInField(field: RootField, victim: World): Promise<readonly string[]> {
  const { world, login } = await createUser();
  return findHoles(attacksOnField(field, world, victim), {
    victim,
    send: (request) => walked.send(request, login),
    isGiven: ({ body }) => isGiven(body),
  });
}

describe("another's names, and absent ones", () => {
  test("are tried on every route", () => {
    expect(table.length).toBeGreaterThan(200);
  });

  test.each(table)("open nothing by %s", async (_name, route) => {
    expect(await holesIn(route, ana)).toEqual([]);
  });

  test.each(fields)("open nothing by GraphQL's %s", async (_name, field) => {
    expect(await holesInField(field, ana)).toEqual([]);
  });

  test("leave nothing behind for what comes to exist later", async () => {
    const experimentId = await walked.store.tracking.createExperiment({ name: "later" });
    expect(await walked.store.workspace.listGrants({ kind: "experiment", experimentId })).toEqual([]);
    expect(existsSync(join(walked.folder, "artifacts/99999"))).toBe(false);
    expect(existsSync(join(walked.folder, "dbfs/databricks/mlflow/99999"))).toBe(false);
  });
});

describe("what a schema marks as a name", () => {
  const ofUsers = table.filter(
    ([, { access }]) => access.audience === "grantees" || access.audience === "users",
  );

  test.each(ofUsers)("is declared by %s", (_name, route) => {
    for (const { field, kind, name, declared } of markedFields(route, ana)) {
      const isDeclared = declared.some((resource) =>
        Object.values(resource).some((value) => isSame(value, name)),
      );
      expect([field, kind, isDeclared]).toEqual([field, kind, true]);
    }
  });
});

test("no schema has a name that it does not mark", () => {
  expect(routes.flatMap((route) => unmarkedNames(route).map((name) => `${route.url}: ${name}`))).toEqual([]);
});

/* That what is refused above is refused for its names: the same documents with one's own are answered. */
test.each(fields)("one's own names are let through by GraphQL's %s", async (_name, field) => {
  const { world, login } = await createUser();
  for (const { tries, request } of ownQueries(field, world)) {
    const { body } = await walked.send(request, login);
    expect([tries, body, isGiven(body)]).toEqual([tries, expect.not.stringContaining('"errors":['), true]);
  }
});

/** Paths of streams come without the slash that begins them. */
function isSame(value: string, name: string): boolean {
  return value === name || value === `/${name}`;
}

/** Of each family one. */
const FORGETFUL = [
  "GET /api/2.0/mlflow/experiments/get",
  "PATCH /api/2.0/permissions/experiments/:experiment_id",
  "POST /api/2.0/mlflow/runs/log-batch",
  "DELETE /api/2.0/mlflow/logged-models/:model_id",
  "DELETE /api/2.0/mlflow/registered-models/delete",
  "GET /model-versions/get-artifact",
  "GET /get-artifact",
  "POST /api/3.0/mlflow/traces/:trace_id/assessments",
  "GET /dbfs/*",
  "PUT /api/2.0/mlflow-artifacts/artifacts/*",
  "POST /api/2.0/fs/create-download-url",
];

/* That these tests find a hole where there is one: each route forgets what it names, and a new victim's is tried. */
describe("a declaration that is left out", () => {
  const forgetful = table.filter(([name]) => FORGETFUL.includes(name));

  test("is tried on routes of every kind", () => {
    expect(forgetful.map(([name]) => name).toSorted()).toEqual([...FORGETFUL].toSorted());
  });

  test.each(forgetful)("is noticed: %s", async (_name, route) => {
    const { world: victim } = await createUser();
    expect(await forgetting(route.access, () => holesIn(route, victim))).not.toEqual([]);
  });

  test.each(fields.filter(([, { endpoint }]) => endpoint.access.names !== undefined))(
    "is noticed: GraphQL's %s",
    async (_name, field) => {
      const { world: victim } = await createUser();
      expect(await forgetting(field.endpoint.access, () => holesInField(field, victim))).not.toEqual([]);
    },
  );
});

/** Does something while a declaration names nothing. Declarations are read-only to everybody but this test. */
async function forgetting<T>(access: Access, work: () => Promise<T>): Promise<T> {
  const { audience, names } = access;
  Object.assign(access, { audience: "users", names: undefined });
  try {
    return await work();
  } finally {
    Object.assign(access, { audience, names });
  }
}
