import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attacksOn, markedFields, unmarkedNames } from "../testing/attack-requests.ts";
import { createWorld, type World } from "../testing/two-worlds.ts";
import { openWalkedApp, type WalkedApp, type WalkedRoute } from "../testing/walked-app.ts";

/*
 * Every route of the server against users who hold nothing of Ana's: her names, absent ones and none in every text that
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

/** Without twins for pages, HEAD, which answers no more than GET, and events, which end when their reader does. */
const TWINS = /^\/ajax-api\/(?!2\.0\/mlflow\/(upload-artifact|logged-models\/:model_id\/artifacts\/files))/;
const routes = walked.routes.filter(({ url, method }) => !TWINS.test(url) && method !== "HEAD");
const table = routes.map((route): [string, WalkedRoute] => [`${route.method} ${route.url}`, route]);

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
  const before = await victim.fingerprint();
  const holes: string[] = [];
  let sent = "";
  for (const { tries, request, mustFail } of attacksOn(route, world, victim)) {
    const { status, body } = await walked.send(request, login);
    sent += decoded(`${request.url} ${JSON.stringify([request.payload, request.headers])}`);
    const told = victim.marks.filter((mark) => body.includes(mark) && !sent.includes(mark));
    if (mustFail && status < 300) holes.push(`${tries}: ${status} ${body.slice(0, 200)}`);
    if (told.length > 0) holes.push(`${tries}: the answer, ${status}, holds ${told.join(" and ")}`);
  }
  const after = await victim.fingerprint().catch(String); // What is gone cannot be read.
  if (after !== before) holes.push("something of the victim's has changed");
  return holes;
}

/** Also as names that paths spell with slashes. */
function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text.replaceAll("+", " "));
    return `${plain} ${plain.replaceAll("/", ".")}`;
  } catch {
    return text;
  }
}

describe("another's names, and absent ones", () => {
  test("are tried on every route", () => {
    expect(table.length).toBeGreaterThan(200);
  });

  test.each(table)("open nothing by %s", async (_name, route) => {
    expect(await holesIn(route, ana)).toEqual([]);
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

  test.each(forgetful)("is noticed: %s", async (_name, { access, ...route }) => {
    const { world: victim } = await createUser();
    const { audience, names } = access;
    // Declarations are read-only to everybody but this test.
    Object.assign(access, { audience: "users", names: undefined });
    try {
      expect(await holesIn({ ...route, access }, victim)).not.toEqual([]);
    } finally {
      Object.assign(access, { audience, names });
    }
  });
});
