import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { visibleChanges } from "./access.ts";
import { openWalkedApp, type Sent, type WalkedApp } from "../testing/walked-app.ts";

/* Attacks by one user of the workspace on another. */

let walked: WalkedApp;
let tokens: { ana: string; eve: string };
let anas: { experimentId: string; runId: string; modelId: string };
let eves: { experimentId: string; runId: string };

const time = { nowMs: Date.UTC(2030, 0, 1) };
beforeAll(async () => {
  walked = await openWalkedApp({ nowMs: () => time.nowMs });
  tokens = { ana: await walked.tokenOf("ana", "user"), eve: await walked.tokenOf("eve", "user") };
  const experimentId = idOf(await post("ana", "experiments/create", { name: "anas" }));
  const runId = await createRun("ana", experimentId);
  const logged = await post("ana", "logged-models", { experiment_id: experimentId, name: "m" });
  const { model } = JSON.parse(logged.body) as { model: { info: { model_id: string } } }; // The response of the endpoint.
  anas = { experimentId, runId, modelId: model.info.model_id };
  await post("ana", "registered-models/create", { name: "anas" });
  const own = idOf(await post("eve", "experiments/create", { name: "eves" }));
  eves = { experimentId: own, runId: await createRun("eve", own) };
});
afterAll(() => walked.close());

type Who = keyof typeof tokens;

function post(
  who: Who,
  path: string,
  payload: object,
  method: "POST" | "PUT" | "PATCH" = "POST",
): Promise<Sent> {
  const url = path.startsWith("/") ? path : `/api/2.0/mlflow/${path}`;
  return walked.send({ method, url, payload }, `Bearer ${tokens[who]}`);
}

function get(who: Who, path: string): Promise<Sent> {
  const url = path.startsWith("/") ? path : `/api/2.0/mlflow/${path}`;
  return walked.send({ method: "GET", url }, `Bearer ${tokens[who]}`);
}

function idOf({ body }: Sent): string {
  return (JSON.parse(body) as { experiment_id: string }).experiment_id; // The response of the endpoint.
}

async function createRun(who: Who, experimentId: string): Promise<string> {
  const { body } = await post(who, "runs/create", { experiment_id: experimentId });
  return (JSON.parse(body) as { run: { info: { run_id: string } } }).run.info.run_id; // The response of the endpoint.
}

describe("a user", () => {
  test("manages what they created, and their runs have their name", async () => {
    expect((await get("ana", `runs/get?run_id=${anas.runId}`)).body).toContain('"user_id":"ana"');
    expect(
      (await post("ana", "experiments/update", { experiment_id: anas.experimentId, new_name: "anas2" }))
        .status,
    ).toBe(200);
    expect(
      (await post("ana", "registered-models/update", { name: "anas", description: "d" }, "PATCH")).status,
    ).toBe(200);
  });

  test("cannot see other users' records, either by name or in a search", async () => {
    for (const path of [
      "experiments/search?max_results=100",
      "experiments/list",
      "registered-models/search",
      "model-versions/search",
    ]) {
      const { status, body } = await get("eve", path);
      expect([status, body.includes("anas")]).toEqual([200, false]);
    }
    expect((await get("eve", "experiments/get-by-name?experiment_name=anas2")).status).toBe(403);
    expect((await get("eve", "experiments/get-by-name?experiment_name=free")).status).toBe(404);
    expect((await get("eve", `runs/get?run_id=${"0".repeat(32)}`)).message).toBe(
      `Run with id=${"0".repeat(32)} not found`,
    );
  });

  test.each<[string, () => Promise<Sent>]>([
    [
      "another user's run together with their own",
      () => get("eve", `/get-artifact?run_id=${eves.runId}&run_uuid=${anas.runId}&path=x`),
    ],
    ["a repeated field", () => get("eve", `/get-artifact?run_id=${eves.runId}&run_id=${anas.runId}&path=x`)],
    [
      "both experiments in one search",
      () => post("eve", "runs/search", { experiment_ids: [eves.experimentId, anas.experimentId] }),
    ],
    [
      "an id with spaces around it",
      () => post("eve", "runs/search", { experiment_ids: [` ${anas.experimentId} `] }),
    ],
    [
      "a metric of another user's model",
      () =>
        post("eve", "runs/log-batch", {
          run_id: eves.runId,
          metrics: [{ key: "k", value: 1, timestamp: 1, model_id: anas.modelId }],
        }),
    ],
    [
      "another user's model as an output of their own run",
      () =>
        post("eve", "runs/outputs", { run_id: eves.runId, models: [{ model_id: anas.modelId, step: 0 }] }),
    ],
    [
      "another user's experiment as the artifact location of their own",
      () =>
        post("eve", "experiments/create", {
          name: "x",
          artifact_location: `mlflow-artifacts:/${anas.experimentId}`,
        }),
    ],
    ["a listing of all artifacts", () => get("eve", "/api/2.0/mlflow-artifacts/artifacts?path=")],
    [
      "another user's artifacts",
      () => get("eve", `/api/2.0/mlflow-artifacts/artifacts/${anas.experimentId}/${anas.runId}/artifacts/x`),
    ],
    [
      "another user's folder by a detour in the path",
      () =>
        get("eve", `/api/2.0/mlflow-artifacts/artifacts?path=${eves.experimentId}/../${anas.experimentId}`),
    ],
    [
      "a permission that they grant themselves",
      () => post("eve", `/api/2.0/permissions/experiments/${anas.experimentId}`, LIST, "PATCH"),
    ],
    [
      "a different id in the body",
      () =>
        post(
          "eve",
          `/api/2.0/permissions/experiments/${anas.experimentId}`,
          { ...LIST, experiment_id: eves.experimentId },
          "PUT",
        ),
    ],
    ["a call for admins", () => get("eve", "webhooks")],
  ])("is refused %s", async (_what, attack) => {
    const { status, code } = await attack();
    // 404: the attacker's own run does not have the file, and the other run is not read.
    const refusals = ["403 PERMISSION_DENIED", "400 INVALID_PARAMETER_VALUE", "404 RESOURCE_DOES_NOT_EXIST"];
    expect(refusals).toContain(`${status} ${code}`);
    expect((await get("ana", `runs/get?run_id=${anas.runId}`)).body).not.toContain('"value":1');
  });

  test("gets only changes of records that they may see", async () => {
    const { principal } = await walked.store.workspace.authenticate(tokens.eve);
    const account = { ...principal, tokenId: "t" };
    const changes = [
      { kind: "experiment", id: anas.experimentId },
      { kind: "run", id: anas.runId },
      { kind: "run", id: eves.runId },
      { kind: "logged_model", id: anas.modelId },
      { kind: "registered_model", id: "anas" },
      { kind: "run", id: "0".repeat(32) },
      { kind: "job_run", id: "1" },
    ] as const;
    const eve = { name: "eve", account, isAdmin: false };
    const heard = await visibleChanges(walked.store.workspace, eve, changes);
    expect(heard).toEqual([{ kind: "run", id: eves.runId }]);
  });

  test("cannot create a version from another user's files", async () => {
    await post("eve", "registered-models/create", { name: "eves" });
    await post("ana", "model-versions/create", {
      name: "anas",
      source: `models:/${anas.modelId}`,
      model_id: anas.modelId,
    });
    for (const source of [
      `models:/${anas.modelId}`,
      "models:/anas/1",
      `runs:/${anas.runId}/m`,
      `dbfs:/databricks/mlflow-tracking/${anas.experimentId}/x`,
    ]) {
      for (const more of [{}, { run_id: anas.runId }, { model_id: anas.modelId }, { run_id: eves.runId }]) {
        const { status } = await post("eve", "model-versions/create", { name: "eves", source, ...more });
        expect([source, [400, 403].includes(status)]).toEqual([source, true]);
      }
    }
  });

  test("may do what they were granted until it is revoked", async () => {
    const path = `/api/2.0/permissions/experiments/${anas.experimentId}`;
    const read = { access_control_list: [{ user_name: "eve", permission_level: "CAN_READ" }] };
    expect((await post("ana", path, read, "PATCH")).status).toBe(200);
    expect((await get("eve", "experiments/search?max_results=100")).body).toContain("anas");
    expect((await post("eve", "runs/set-tag", { run_id: anas.runId, key: "k", value: "v" })).status).toBe(
      403,
    );
    const anaAlone = { access_control_list: [{ user_name: "ana", permission_level: "CAN_MANAGE" }] };
    expect((await post("ana", path, anaAlone, "PUT")).status).toBe(200);
    expect((await get("eve", `experiments/get?experiment_id=${anas.experimentId}`)).status).toBe(403);
  });
});

const LIST = { access_control_list: [{ user_name: "eve", permission_level: "CAN_MANAGE" }] };

describe("tokens", () => {
  test("can be listed and revoked only by their owner", async () => {
    const created = await post("ana", "/api/2.0/token/create", { comment: "c", lifetime_seconds: 60 });
    const { token_value: value, token_info: info } = JSON.parse(created.body) as {
      token_value: string;
      token_info: { token_id: string; expiry_time: number }; // The response of the endpoint.
    };
    expect(info.expiry_time).toBe(time.nowMs + 60_000);
    expect((await get("eve", "/api/2.0/token/list")).body).not.toContain(info.token_id);
    const stolen = await post("eve", "/api/2.0/token/delete", { token_id: info.token_id });
    expect([stolen.status, stolen.code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
    expect((await get("ana", "/api/2.0/token/list")).body).not.toContain(value);
    expect(
      (await walked.send({ url: "/api/2.0/preview/scim/v2/Me" }, `Basic ${btoa(`ana:${value}`)}`)).body,
    ).toContain('"userName":"ana"');
    const others = await walked.send({ url: "/api/2.0/token/list" }, `Basic ${btoa(`eve:${value}`)}`);
    expect([others.status, others.message]).toEqual([
      401,
      'Invalid access token: it does not belong to "eve".',
    ]);
  });

  test("are exchanged for one-hour tokens by client id and secret", async () => {
    const form = (secret: string, fields = "grant_type=client_credentials&scope=all-apis") => ({
      request: {
        method: "POST",
        url: "/oidc/v1/token",
        payload: fields,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      } as const,
      login: `Basic ${btoa(secret)}`,
    });
    const ask = ({ request, login }: ReturnType<typeof form>): Promise<Sent> => walked.send(request, login);
    const granted = await ask(form(`ana:${tokens.ana}`));
    const access = JSON.parse(granted.body) as { access_token: string; expires_in: number }; // RFC 6749.
    expect(access.expires_in).toBe(3600);
    expect(
      (await walked.send({ url: "/api/2.0/preview/scim/v2/Me" }, `Bearer ${access.access_token}`)).status,
    ).toBe(200);
    for (const wrong of [`eve:${tokens.ana}`, "ana:x", `ana:${access.access_token}`, "ana"]) {
      const refused = await ask(form(wrong));
      expect([refused.status, (JSON.parse(refused.body) as { error: string }).error]).toEqual([
        401,
        "invalid_client",
      ]);
    }
    expect((await ask(form(`ana:${tokens.ana}`, "grant_type=password"))).status).toBe(400);
  });

  test("guesses are counted and refused, while valid tokens still work", async () => {
    const guess = (authorization: string): Promise<Sent> =>
      walked.send({ url: "/api/2.0/token/list", remoteAddress: "192.0.2.1" }, authorization);
    const statuses = await Promise.all(
      Array.from({ length: 40 }, () => guess(`Bearer fdpat-${"A".repeat(43)}`)),
    );
    expect(statuses.filter(({ status }) => status === 429).length).toBe(10);
    expect((await guess(`Bearer ${tokens.ana}`)).status).toBe(200);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const payload = "grant_type=client_credentials&client_id=ana&client_secret=x";
    const login = { method: "POST", url: "/oidc/v1/token", payload, headers: form } as const;
    expect((await walked.send({ ...login, remoteAddress: "192.0.2.1" })).status).toBe(429);
    expect((await walked.send(login)).status).toBe(401);
    time.nowMs += 60_000;
    expect((await guess("Bearer x")).status).toBe(401);
  });

  test("are not in any file, including the database and the audit log", async () => {
    const files = (await readdir(walked.folder, { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    );
    for (const file of files) {
      const content = await readFile(join(file.parentPath, file.name), "latin1");
      for (const token of Object.values(tokens))
        expect([file.name, content.includes(token)]).toEqual([file.name, false]);
    }
  });
});

test("the audit log records who did what to which record, and what was refused", async () => {
  const [name = ""] = await readdir(join(walked.folder, "audit"));
  const lines = (await readFile(join(walked.folder, "audit", name), "utf8")).trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>); // The log's own format.
  const experiment = { kind: "experiment", experimentId: anas.experimentId };
  expect(entries).toContainEqual(
    expect.objectContaining({
      time: "2030-01-01T00:00:00.000Z",
      principal: "ana",
      tokenId: expect.stringMatching(/^[0-9a-f]{32}$/),
      action: "POST /api/2.0/mlflow/runs/create",
      resources: [experiment],
      status: 200,
      result: "done",
    }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({
      principal: "eve",
      action: "PATCH /api/2.0/permissions/experiments/:experiment_id",
      resources: [experiment],
      status: 403,
      result: "refused",
    }),
  );
  expect(entries.some(({ principal, status }) => principal === "" && status === 401)).toBe(true);
  expect(lines.join("\n")).not.toContain("token_value");
});
