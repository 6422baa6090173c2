import type { PermissionLevel } from "@flightdeck/protocol";
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWalkedApp, type Sent, type WalkedApp, type WalkedRoute } from "../testing/walked-app.ts";

/* Calls every mounted route in every role, so that a new route cannot be forgotten. */

const time = { nowMs: Date.UTC(2030, 0, 1) };
let walked: WalkedApp;
/** Authorization headers by name. */
const logins: Record<string, string> = {};
/** Request fields that name records of `owner`. */
let fields: Record<string, unknown>;
let artifactPath: string;

beforeAll(async () => {
  walked = await openWalkedApp({ nowMs: () => time.nowMs });
  const { store } = walked;
  const tokenOf: WalkedApp["tokenOf"] = (...of) => walked.tokenOf(...of);
  const experimentId = await store.tracking.createExperiment({ name: "owned" });
  const { info } = await store.tracking.createRun({ experimentId });
  const { modelId } = await store.tracking.createLoggedModel({ experimentId, name: "m" });
  const models = ["r", "c.s.m"];
  for (const name of models) await store.registry.createRegisteredModel({ name });
  for (const name of models) await store.registry.createModelVersion({ name, source: "s3://bucket/m" });
  const roles = { viewer: "CAN_READ", editor: "CAN_EDIT", manager: "CAN_MANAGE" } as const;
  for (const [name, level] of Object.entries(roles)) {
    logins[name] = `Bearer ${await tokenOf(name, "user")}`;
    const grants = [{ grantee: { kind: "user", name }, level }] as const;
    await store.workspace.putGrants({ kind: "experiment", experimentId }, grants, "add");
    for (const model of models) {
      await store.workspace.putGrants({ kind: "registered-model", name: model }, grants, "add");
    }
  }
  logins["stranger"] = `Bearer ${await tokenOf("stranger", "user")}`;
  logins["admin"] = `Bearer ${await tokenOf("admin", "admin")}`;
  artifactPath = `${experimentId}/${info.runId}/artifacts/x`;
  fields = fieldsOf({ experimentId, runId: info.runId, modelId });
  const traces = { method: "POST", url: "/api/3.0/mlflow/traces" };
  expect((await walked.send(requestTo(traces), logins["admin"])).status).toBe(200);
});
afterAll(() => walked.close());

type Names = { readonly experimentId: string; readonly runId: string; readonly modelId: string };

/** One value for each field of any request. */
function fieldsOf({ experimentId, runId, modelId }: Names): Record<string, unknown> {
  const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experimentId } };
  const traceId = `tr-${"0".repeat(32)}`;
  return {
    experiment_id: experimentId,
    experiment_ids: [experimentId],
    experiment_name: "owned",
    run_id: runId,
    run_uuid: runId,
    run_ids: [runId],
    model_id: modelId,
    registered_model_id: "r",
    name: "r",
    full_name: "r",
    catalog_name: "c",
    schema_name: "s",
    model_name: "m",
    version_num: 1,
    securable_type: "FUNCTION",
    securable_full_name: "r",
    subentity_name: "1",
    changes: { add_tags: [{ key: "k", value: "1" }] },
    version: "1",
    stage: "Staging",
    alias: "a",
    key: "k",
    metric_key: "k",
    value: "1",
    timestamp: 1,
    source: "s3://bucket/m",
    path: "x",
    paths: ["x"],
    artifact_file_path: "x",
    status: "LOGGED_MODEL_READY",
    model_json: "{}",
    trace_id: traceId,
    trace_ids: [traceId],
    request_id: traceId,
    request_ids: [traceId],
    locations: [location],
    trace_location: location,
    trace: {
      trace_info: {
        trace_id: traceId,
        trace_location: location,
        request_time: "2030-01-01T00:00:00Z",
        state: "OK",
      },
    },
    num_parts: 1,
    part_number: 1,
    upload_id: "u",
    part_etags: [{ part_number: 1, etag: "e" }],
    access_control_list: [
      { user_name: "viewer", permission_level: "CAN_READ" },
      { user_name: "editor", permission_level: "CAN_EDIT" },
      { user_name: "manager", permission_level: "CAN_MANAGE" },
    ],
    models: [{ model_id: modelId }],
    assessment: { assessment_name: "a", trace_id: traceId, feedback: { value: 1 } },
    timestamp_ms: 1,
    handle: 1,
    source_path: "/x",
    destination_path: "/y",
    session_token: "s",
    query: "{ mlflowSearchRuns(input: {}) { runs { info { runId } } } }",
  };
}

/** A request to a route with all of these fields. */
function requestTo(route: Pick<WalkedRoute, "method" | "url">): InjectOptions & { readonly url: string } {
  const { method, url } = route;
  const own = { ...fields, ...ownFields(route) };
  const path = url
    .replace(/(?<!:):(\w+)/g, (_all, name: string) => encodeURIComponent(textOf(own[name]) ?? "x"))
    .replaceAll("::", ":")
    .replace("*", artifactPath);
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(own)) {
    for (const each of [value].flat()) query.append(key, textOf(each) ?? "x");
  }
  const headers = {
    "content-type": "application/json",
    "x-mlflow-experiment-id": String(fields["experiment_id"]),
  };
  const isBodiless = method === "GET" || method === "HEAD";
  // A route's method is one that fastify knows.
  const request = { method: method as "GET", url: `${path}?${query.toString()}`, headers };
  return isBodiless ? request : { ...request, payload: JSON.stringify(own) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Other values for calls where a field has another meaning. */
function ownFields({ url }: Pick<WalkedRoute, "url">): Record<string, unknown> {
  if (url.endsWith("/runs/update")) return { status: "FINISHED" };
  // In other calls, a new name needs more than the call's own permission.
  if (/\/(registered-models\/rename|experiments\/update)$/.test(url)) return { new_name: "r" };
  return url.endsWith("/mlflow-artifacts/artifacts") ? { path: artifactPath } : {};
}

/** The event stream stays open. Another test checks which changes it sends. */
const isEndless = ({ url }: WalkedRoute): boolean => url.endsWith("/flightdeck/events");
/** Files outside of experiments and models. Only admins may access those that these requests name. */
const FILES = /\/dbfs\/|\/fs\//;

async function askAll(
  who: string | undefined,
  routes: readonly WalkedRoute[],
): Promise<readonly (WalkedRoute & Sent)[]> {
  const answers: (WalkedRoute & Sent)[] = [];
  const login = who === undefined ? undefined : (logins[who] ?? who);
  for (const route of routes) answers.push({ ...route, ...(await walked.send(requestTo(route), login)) });
  return answers;
}

const shown = ({ method, url, access, status, message }: WalkedRoute & Sent): string =>
  `${method} ${url} (${access.audience} ${access.level}): ${status} ${message}`;

describe("every route", () => {
  const closed = (): readonly WalkedRoute[] =>
    walked.routes.filter(({ access }) => access.audience !== "anybody");

  test("is one of many, and only a few are open to anybody", () => {
    expect(closed().length).toBeGreaterThan(200);
    const open = walked.routes.filter(({ access }) => access.audience === "anybody").map(({ url }) => url);
    expect([...new Set(open)].toSorted()).toMatchInlineSnapshot(`
      [
        "/",
        "/.well-known/databricks-config",
        "/ajax-api/3.0/mlflow/server-info",
        "/api/2.0/signed/files/*",
        "/api/2.0/signed/uploads/:uploadId",
        "/api/2.0/signed/uploads/:uploadId/:part",
        "/api/3.0/mlflow/server-info",
        "/api/docs",
        "/api/openapi.json",
        "/health",
        "/oidc/.well-known/oauth-authorization-server",
        "/oidc/v1/token",
        "/ready",
        "/version",
      ]
    `);
  });

  test("is refused without a valid token, with the reason", async () => {
    const expired = await walked.tokenOf("gone", "admin", 1000);
    time.nowMs += 1000;
    const revoked = await walked.tokenOf("gone", "admin");
    const [info] = await walked.store.workspace.listTokens("gone");
    await walked.store.workspace.revokeToken(info?.tokenId ?? "");
    const wrong: [string | undefined, string][] = [
      [undefined, "this workspace needs a token"],
      ["Bearer", "must be 'Bearer TOKEN'"],
      ["Bearer dapi0123456789abcdef0123456789abcdef", "not issued by this workspace"],
      [`Bearer fdpat-${"A".repeat(43)}`, "it is unknown"],
      [`Bearer ${expired}`, "it expired at 2030-01-01T00:00:01.000Z"],
      [`Bearer ${revoked}`, "it was revoked"],
      [`Basic ${btoa(`someone:${expired}`)}`, "it expired"],
      [`Basic ${btoa("admin:admin")}`, "not issued by this workspace"],
      ["Digest x", "must be 'Bearer TOKEN'"],
    ];
    for (const [login, says] of wrong) {
      const let_in = (await askAll(login, closed())).filter(
        ({ status, code, message, method }) =>
          status !== 401 || (method !== "HEAD" && !(code === "UNAUTHENTICATED" && message.includes(says))),
      );
      expect([login, let_in.map(shown)]).toEqual([login, []]);
    }
  });

  test("refuses a token in its URL, valid or not", async () => {
    const token = (logins["admin"] ?? "").slice("Bearer ".length);
    for (const route of closed()) {
      const { url, ...request } = requestTo(route);
      for (const added of [`&token=${token}`, `&access_token=${token}`, `&x=${token}`]) {
        const sent = await walked.send({ ...request, url: `${url}${added}` }, logins["admin"]);
        expect([route, sent.status]).toEqual([route, 401]);
      }
    }
  });

  test("allows each role exactly what it declares", async () => {
    const routes = closed().filter((route) => !isEndless(route));
    const wrong: string[] = [];
    let refused = 0;
    for (const [who, allowed] of Object.entries(ALLOWED)) {
      for (const answer of await askAll(who, routes)) {
        refused += answer.status === 403 ? 1 : 0;
        if (!isRight(answer, allowed)) wrong.push(`${who} ${shown(answer)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(500);
  });
});

type Allowed = readonly PermissionLevel[] | "everything";

/** The levels that each user has. */
const ALLOWED = {
  stranger: [],
  viewer: ["CAN_READ"],
  editor: ["CAN_READ", "CAN_EDIT"],
  manager: ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"],
  admin: "everything",
} as const satisfies Record<string, Allowed>;

/** Whether the answer matches the permission, unless the request was invalid before the caller was checked. */
function isRight(answer: WalkedRoute & Sent, allowed: Allowed): boolean {
  const { status } = answer;
  return isAllowed(answer, allowed)
    ? status !== 401 && status !== 403 && status < 500
    : status === 403 || status === 400;
}

function isAllowed({ access, url }: WalkedRoute, allowed: Allowed): boolean {
  if (allowed === "everything") return true;
  if (access.audience === "users") return true;
  return access.audience === "grantees" && !FILES.test(url) && allowed.includes(access.level);
}
