import type { Access } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  attacksOnField,
  isGiven,
  ownQueries,
  type RootField,
  rootFields,
} from "../testing/attack-queries.ts";
import {
  attackedRoutes,
  attacksOn,
  findHoles,
  markedFields,
  unmarkedNames,
} from "../testing/attack-requests.ts";
import { createWorld, type World } from "../testing/two-worlds.ts";
import { openWalkedApp, type WalkedApp, type WalkedRoute } from "../testing/walked-app.ts";

/*
 * Attacks every route of the server and every root field of GraphQL, as users without any permission on Ana's records. Every
 * text field of the schema gets her names, absent names and empty text, alone and together with one of the user's own names. A
 * field that the schema marks as a name must be refused, no response may contain anything of hers, and none of her records may
 * change. Routes and fields come from the schemas, so new ones are attacked as soon as they are added.
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

/** A new user with separate records for each route, because some calls delete what they name. */
let users = 0;
async function createUser(): Promise<{ readonly world: World; readonly login: string }> {
  users += 1;
  const owner = `user${users}`;
  const login = `Bearer ${await walked.tokenOf(owner, "user")}`;
  return { login, world: await createWorld({ ...walked, owner }) };
}

/** Tries every attack on a route as a new user, and returns those that reached the victim. */
async function holesIn(route: WalkedRoute, victim: World): Promise<readonly string[]> {
  const { world, login } = await createUser();
  return await findHoles(attacksOn(route, world, victim), {
    victim,
    send: (request) => walked.send(request, login),
    isGiven: ({ status }) => status < 300,
  });
}

/** The same for a root field of GraphQL, where errors have status 200 too. */
async function holesInField(field: RootField, victim: World): Promise<readonly string[]> {
  const { world, login } = await createUser();
  return await findHoles(attacksOnField(field, world, victim), {
    victim,
    send: (request) => walked.send(request, login),
    isGiven: ({ body }) => isGiven(body),
  });
}

describe("other users' names and absent names", () => {
  test("are tried on every route", () => {
    expect(table.length).toBeGreaterThan(200);
  });

  test.each(table)("give no access by %s", async (_name, route) => {
    expect(await holesIn(route, ana)).toEqual([]);
  });

  test.each(fields)("give no access by GraphQL's %s", async (_name, field) => {
    expect(await holesInField(field, ana)).toEqual([]);
  });

  test("leave no permission behind for records that are created later", async () => {
    const experimentId = await walked.store.tracking.createExperiment({ name: "later" });
    expect(await walked.store.workspace.listGrants({ kind: "experiment", experimentId })).toEqual([]);
    expect(existsSync(join(walked.folder, "artifacts/99999"))).toBe(false);
    expect(existsSync(join(walked.folder, "dbfs/databricks/mlflow/99999"))).toBe(false);
  });
});

describe("a name in a schema", () => {
  const ofUsers = table.filter(
    ([, { access }]) => access.audience === "grantees" || access.audience === "users",
  );

  test.each(ofUsers)("is declared for the access check by %s", (_name, route) => {
    for (const { field, kind, name, level, declared } of markedFields(route, ana)) {
      const isDeclared = declared.some((resource) =>
        Object.values(resource).some((value) =>
          level === undefined ? isSame(value, name) : value.split(".")[level] === name,
        ),
      );
      expect([field, kind, isDeclared]).toEqual([field, kind, true]);
    }
  });
});

test("every schema marks all of its names", () => {
  expect(routes.flatMap((route) => unmarkedNames(route).map((name) => `${route.url}: ${name}`))).toEqual([]);
});

/* Proves that the documents above are refused because of their names: with the user's own names they succeed. */
test.each(fields)("GraphQL's %s accepts the user's own names", async (_name, field) => {
  const { world, login } = await createUser();
  for (const { tries, request } of ownQueries(field, world)) {
    const { body } = await walked.send(request, login);
    expect([tries, body, isGiven(body)]).toEqual([tries, expect.not.stringContaining('"errors":['), true]);
  }
});

/** Paths of streams have no leading slash. */
function isSame(value: string, name: string): boolean {
  return value === name || value === `/${name}`;
}

/** One route of each kind. */
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

/* Proves that these tests would find a hole: each route's declaration is removed, and a new victim is attacked. */
describe("a missing declaration", () => {
  const forgetful = table.filter(([name]) => FORGETFUL.includes(name));

  test("is tested on routes of every kind", () => {
    expect(forgetful.map(([name]) => name).toSorted()).toEqual([...FORGETFUL].toSorted());
  });

  test.each(forgetful)("is detected: %s", async (_name, route) => {
    const { world: victim } = await createUser();
    expect(await forgetting(route.access, () => holesIn(route, victim))).not.toEqual([]);
  });

  test.each(fields.filter(([, { endpoint }]) => endpoint.access.names !== undefined))(
    "is detected: GraphQL's %s",
    async (_name, field) => {
      const { world: victim } = await createUser();
      expect(await forgetting(field.endpoint.access, () => holesInField(field, victim))).not.toEqual([]);
    },
  );
});

/** Runs `work` while a declaration names no records. Declarations are read-only except in this test. */
async function forgetting<T>(access: Access, work: () => Promise<T>): Promise<T> {
  const { audience, names } = access;
  Object.assign(access, { audience: "users", names: undefined });
  try {
    return await work();
  } finally {
    Object.assign(access, { audience, names });
  }
}
