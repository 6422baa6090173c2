import { type Endpoint, endpoints } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createWorld, type World } from "../testing/two-worlds.ts";
import { openWalkedApp, type Sent, type WalkedApp } from "../testing/walked-app.ts";

/*
 * Attacks that once succeeded, by a user without permissions on other users' records. `foreign-names.test.ts` attacks each
 * field separately; these attacks need several calls, or a call at the right time.
 */

const walked: WalkedApp = await openWalkedApp({ nowMs: () => Date.UTC(2030, 0, 1) });
let ana: World;
let eve: World;
const logins: Record<string, string> = {};

beforeAll(async () => {
  logins["admin"] = `Bearer ${await walked.tokenOf("admin", "admin")}`;
  for (const name of ["ana", "eve"]) logins[name] = `Bearer ${await walked.tokenOf(name, "user")}`;
  ana = await createWorld({ ...walked, owner: "ana" });
  eve = await createWorld({ ...walked, owner: "eve" });
});
afterAll(() => walked.close());

type Method = "GET" | "POST" | "PUT" | "PATCH";

function send(who: string, method: Method, path: string, payload?: object | string): Promise<Sent> {
  const url = path.startsWith("/") ? path : `/api/2.0/mlflow/${path}`;
  return walked.send({ method, url, ...(payload !== undefined && { payload }) }, logins[who]);
}

async function createExperiment(who: string, name: string): Promise<string> {
  const { body } = await send(who, "POST", "experiments/create", { name });
  return (JSON.parse(body) as { experiment_id: string }).experiment_id; // The response of the endpoint.
}

const TAKING = { access_control_list: [{ user_name: "eve", permission_level: "CAN_MANAGE" }] };

describe("a user cannot take in advance", () => {
  test("permissions on the next experiments, while others create them", async () => {
    const first = Number(await createExperiment("ana", "race"));
    const taken: string[] = [];
    for (let round = 0; round < 20; round++) {
      const next = first + 1 + round;
      const attack = (): Promise<Sent> =>
        send("eve", "PATCH", `/api/2.0/permissions/experiments/${next}`, TAKING);
      const [, id] = await Promise.all([
        attack(),
        createExperiment("ana", `race ${round}`),
        attack(),
        attack(),
      ]);
      expect(id).toBe(String(next));
      const seen = await send("eve", "GET", `experiments/get?experiment_id=${id}`);
      if (seen.status !== 403) taken.push(id);
      const grants = await walked.store.workspace.listGrants({ kind: "experiment", experimentId: id });
      expect(grants.map(({ grantee }) => grantee.name)).toEqual(["ana"]);
    }
    expect(taken).toEqual([]);
  });

  test("guessed model names, while others register them", async () => {
    for (let round = 0; round < 20; round++) {
      const name = `guessed-${round}`;
      const attack = (): Promise<Sent> =>
        send("eve", "PATCH", `/api/2.0/permissions/registered-models/${name}`, TAKING);
      const [, created] = await Promise.all([
        attack(),
        send("ana", "POST", "registered-models/create", { name }),
        attack(),
        attack(),
      ]);
      expect(created.status).toBe(200);
      const grants = await walked.store.workspace.listGrants({ kind: "registered-model", name });
      expect(grants.map(({ grantee }) => grantee.name)).toEqual(["ana"]);
    }
  });

  test.each(["99999", "099999", "+99999", "99999%2e", "%39%39999", " 99999"])(
    "the folder of experiment %s in DBFS",
    async (id) => {
      for (const root of ["mlflow", "mlflow-tracking"]) {
        for (const method of ["PUT", "POST"] as const) {
          const { status } = await send("eve", method, `/dbfs/databricks/${root}/${id}/models/x`, "bytes");
          expect([root, method, status >= 400]).toEqual([root, method, true]);
        }
      }
      expect(existsSync(join(walked.folder, "dbfs/databricks/mlflow/99999"))).toBe(false);
    },
  );

  test("the files of a future experiment, as the source of their own model version", async () => {
    const next = Number(await createExperiment("ana", "before")) + 1;
    const model = eve.names["registered-model"][0];
    for (const source of [
      `dbfs:/databricks/mlflow/${next}/models`,
      `dbfs:/databricks/mlflow/0${next}/models`,
      `dbfs:/databricks/mlflow-tracking/${next}/models`,
      `dbfs:///databricks/mlflow/${next}/models`,
      `mlflow-artifacts:/${next}/models`,
      `mlflow-artifacts://localhost/${next}/models`,
      `mlflow-artifacts:/%3${String(next)[0] ?? ""}${String(next).slice(1)}/models`,
    ]) {
      const { status } = await send("eve", "POST", "model-versions/create", { name: model, source });
      expect([source, status >= 400]).toEqual([source, true]);
    }
  });
});

describe("a repeated field does not bypass the check", () => {
  const read = (names: string): Promise<Sent> => {
    const [hers] = ana.names["registered-model"];
    const query = names.replace("HERS", hers).replace("OWN", eve.names["registered-model"][0]);
    return send("eve", "GET", `/model-versions/get-artifact?${query}&version=1&path=x&trace_id=nothing`);
  };

  test.each(["name=HERS&name=OWN", "name=OWN&name=HERS", "name=HERS&name=HERS", "name=HERS&name=x"])(
    "get-artifact?%s",
    async (names) => {
      expect((await read("name=OWN")).status).toBe(200);
      expect((await read(names)).status).toBe(400);
    },
  );
});

describe('"" means no record, for both the check and the store', () => {
  beforeAll(async () => {
    const secret = "of the admins";
    const { tracking, traces } = walked.store;
    const { runId } = (await tracking.createRun({ experimentId: "0", runName: secret })).info;
    const dataset = { name: secret, digest: "d", sourceType: "local", source: "s" };
    await tracking.logInputs(runId, [{ dataset, tags: [] }], []);
    await tracking.createLoggedModel({ experimentId: "0", name: secret });
    const trace = { experimentId: "0", requestTimeMs: 1, state: "OK", requestPreview: secret } as const;
    const none = { traceMetadata: [], tags: [], assessments: [] };
    await traces.startTrace({ traceId: `tr-${"2".repeat(32)}`, ...trace, ...none });
  });

  test.each<[string, Method, string, object?]>([
    ["runs/search", "POST", "runs/search", { experiment_ids: ["", "999999"] }],
    ['runs/search of only ""', "POST", "runs/search", { experiment_ids: [""] }],
    ["search-datasets", "POST", "experiments/search-datasets", { experiment_ids: ["", "999999"] }],
    ["logged-models/search", "POST", "logged-models/search", { experiment_ids: ["", "999999"] }],
    ["GET traces", "GET", "traces?experiment_ids=&experiment_ids=999999"],
    [
      "v3 traces/search",
      "POST",
      "/api/3.0/mlflow/traces/search",
      {
        locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "" } }],
      },
    ],
    [
      "v3 traces",
      "POST",
      "/api/3.0/mlflow/traces",
      {
        trace: {
          trace_info: {
            trace_id: `tr-${"1".repeat(32)}`,
            trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "" } },
            request_time: "2026-01-01T00:00:00Z",
            state: "OK",
          },
        },
      },
    ],
    ["runs/create", "POST", "runs/create", { experiment_id: "" }],
  ])("%s", async (_what, method, path, payload) => {
    const { status, body } = await send("eve", method, path, payload);
    expect([status >= 400, body.includes("of the admins")]).toEqual([true, false]);
    await expect(walked.store.traces.getTraceInfo(`tr-${"1".repeat(32)}`)).rejects.toThrow("not found");
  });
});

/** Every search and list over the whole workspace. */
const searches = Object.values<Endpoint>(endpoints).flatMap(
  ({ access, path, versions, request, response }) => {
    const isPaged = access.audience === "users" && "next_page_token" in shapeOf(response);
    return isPaged ? [{ url: `/api/${versions[0]}${path}`, fields: Object.keys(shapeOf(request)) }] : [];
  },
);

function shapeOf(schema: z.ZodType): object {
  return schema instanceof z.ZodObject ? schema.shape : {};
}

type Page = { readonly body: string; readonly records: readonly unknown[]; readonly token: string };

async function pageOf(url: string, query: Readonly<Record<string, string>>): Promise<Page> {
  const given = { max_results: "1", catalog_name: "main", schema_name: "eve", ...query };
  const { status, body } = await send("eve", "GET", `${url}?${new URLSearchParams(given).toString()}`);
  expect([status, body]).toEqual([200, expect.any(String)]);
  const { next_page_token: token = "", ...rest } = JSON.parse(body) as { next_page_token?: string }; // The response of the endpoint.
  return { body, records: Object.values<unknown>(rest).flat(), token };
}

describe("searches do not reveal hidden records", () => {
  test("the table has several searches", () => {
    expect(searches.length).toBeGreaterThan(8);
  });

  test.each(searches)("$url, through its pages and their tokens", async ({ url, fields }) => {
    for (const order of fields.includes("order_by") ? ["name ASC", "name DESC"] : [""]) {
      let page: Page | undefined;
      do {
        page = await pageOf(url, { page_token: page?.token ?? "", ...(order !== "" && { order_by: order }) });
        // A token after an empty page would reveal that something was left out.
        expect(page.records).not.toEqual([]);
        expect(`${page.body} ${Buffer.from(page.token, "base64").toString()}`).not.toContain("ana");
      } while (page.token !== "");
    }
  });

  const filtered = searches.filter(({ fields }) => fields.includes("filter"));
  test.each(filtered)("$url, through filters that match them", async ({ url }) => {
    const ofTags = ["tags.t = 'secret of ana'", "tags.t LIKE '%of ana'"];
    const byName = ["name LIKE '%ana%'", `name = '${ana.names["registered-model"][0]}'`];
    for (const filter of [...byName, ...(url.includes("model-versions") ? [] : ofTags)]) {
      const { records, token } = await pageOf(url, { filter });
      expect([filter, records, token]).toEqual([filter, [], ""]);
    }
    expect((await pageOf(url, { filter: "name LIKE '%eve%'" })).records).not.toEqual([]);
  });
});

test("a run does not reveal a version that another user has created from it", async () => {
  const [name] = ana.names["registered-model"];
  const [runId] = eve.names.run;
  await walked.store.registry.createModelVersion({ name, source: "s3://b/x", runId });
  const query = `{ mlflowGetRun(input: { runId: "${runId}" }) { run { modelVersions { name } } } }`;
  const { body } = await send("eve", "POST", "/graphql", { query });
  expect(body).toContain(eve.names["registered-model"][0]);
  expect(body).not.toContain(name);
});
