import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let runId: string;
beforeAll(async () => {
  server = await startTestServer();
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0", run_name: "first", start_time: 5 })
  ).json;
  runId = run.info.run_id;
  await server.call("POST", "runs/log-batch", {
    run_id: runId,
    metrics: [
      { key: "a", value: 1.5, timestamp: 1700000000000, step: 3 },
      { key: "n", value: "NaN", timestamp: 1, step: 0 },
    ],
    params: [{ key: "p", value: "1" }],
  });
  const input = { dataset: { name: "d", digest: "x", source_type: "local", source: "s" }, tags: [] };
  await server.call("POST", "runs/log-inputs", { run_id: runId, datasets: [input] });
  await server.call("POST", "registered-models/create", { name: "m" });
  await server.call("POST", "model-versions/create", { name: "m", source: "s3://b/x", run_id: runId });
});
afterAll(() => server.close());

type Answer = { readonly status: number; readonly data: unknown; readonly errors: unknown };

async function ask(query: unknown, variables?: unknown, operationName?: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables, operationName }),
  });
  const body = (await response.json()) as { data?: unknown; errors?: unknown }; // Every response is an object.
  return { status: response.status, data: body.data, errors: body.errors };
}

describe("MLflow's page gets", () => {
  test("a run with its experiment and versions", async () => {
    const query = `query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") {
      mlflowGetRun(input: $data) {
        apiError { helpUrl code message }
        run {
          info { runName status runUuid experimentId artifactUri endTime lifecycleStage startTime userId }
          experiment { experimentId name tags { key value } lifecycleStage lastUpdateTime }
          modelVersions { status version name source }
          data { metrics { key value step timestamp } params { key value } tags { key value } }
          inputs { datasetInputs { dataset { digest name profile source sourceType } tags { key } } modelInputs { modelId } }
          outputs { modelOutputs { modelId step } }
        }
      }
    }`;
    expect(await ask(query, { data: { runId } })).toEqual({
      status: 200,
      errors: null,
      data: {
        mlflowGetRun: {
          apiError: null,
          run: {
            info: expect.objectContaining({
              runName: "first",
              status: "RUNNING",
              runUuid: runId,
              startTime: "5",
            }),
            experiment: expect.objectContaining({ experimentId: "0", name: "Default", tags: [] }),
            modelVersions: [{ status: "READY", version: "1", name: "m", source: "s3://b/x" }],
            data: {
              metrics: [
                { key: "a", value: 1.5, step: "3", timestamp: "1700000000000" },
                { key: "n", value: null, step: "0", timestamp: "1" },
              ],
              params: [{ key: "p", value: "1" }],
              tags: [{ key: "mlflow.runName", value: "first" }],
            },
            inputs: {
              datasetInputs: [
                {
                  dataset: { digest: "x", name: "d", profile: null, source: "s", sourceType: "local" },
                  tags: [],
                },
              ],
              modelInputs: [],
            },
            outputs: { modelOutputs: [] },
          },
        },
      },
    });
  });

  test("an experiment, histories, artifacts, versions, runs and datasets", async () => {
    const query = `{
      mlflowGetExperiment(input: { experimentId: "0" }) { experiment { name creationTime effectiveTraceArchivalRetention } }
      mlflowGetMetricHistoryBulkInterval(input: { runIds: ["${runId}"], metricKey: "a", maxResults: 10 }) {
        __typename metrics { timestamp step runId key value } }
      mlflowListArtifacts(input: { runUuid: "${runId}" }) { rootUri files { path } }
      mlflowSearchModelVersions(input: { filter: "name = 'm'", maxResults: 5 }) { modelVersions { version aliases } }
      mlflowSearchRuns(input: { experimentIds: ["0"], runViewType: ALL, maxResults: 2 }) {
        runs { info { runId } experiment { name } modelVersions { version } } }
    }`;
    const { data, errors } = await ask(query);
    expect([errors, data]).toMatchObject([
      null,
      {
        mlflowGetExperiment: { experiment: { name: "Default", effectiveTraceArchivalRetention: null } },
        mlflowGetMetricHistoryBulkInterval: {
          __typename: "MlflowGetMetricHistoryBulkIntervalResponse",
          metrics: [{ timestamp: "1700000000000", step: "3", runId, key: "a", value: 1.5 }],
        },
        mlflowListArtifacts: { rootUri: `mlflow-artifacts:/0/${runId}/artifacts`, files: [] },
        mlflowSearchModelVersions: { modelVersions: [{ version: "1", aliases: [] }] },
        mlflowSearchRuns: { runs: [{ info: { runId }, experiment: { name: "Default" } }] },
      },
    ]);
    const datasets =
      'mutation { mlflowSearchDatasets(input: { experimentIds: ["0"] }) { datasetSummaries { name } } }';
    expect((await ask(datasets)).data).toEqual({
      mlflowSearchDatasets: { datasetSummaries: [{ name: "d" }] },
    });
  });
});

describe("bad queries", () => {
  test("about absent records get the REST API's messages", async () => {
    const id = "0".repeat(32);
    expect(await ask(`{ mlflowGetRun(input: { runId: "${id}" }) { run { info { runId } } } }`)).toEqual({
      status: 200,
      data: { mlflowGetRun: null },
      errors: [`Run with id=${id} not found`],
    });
    expect((await ask("{ mlflowGetRun { run { info { runId } } } }")).errors).toEqual([
      expect.stringContaining("run_id"),
    ]);
  });

  test.each<[string, string]>([
    ["{ unknown }", 'Cannot query field "unknown" on type "Query"'],
    [
      `{ mlflowSearchRuns(input: { experimentIds: ["0"], maxResults: 1001 }) { nextPageToken } }`,
      "maxResults must be at most 1000 in GraphQL, got 1001",
    ],
    [`{ ${"a: mlflowGetRun { apiError { code } } ".repeat(11)} }`, "at most 10 root fields, got 11"],
    [
      `{ mlflowGetRun { run { info { ${Array.from({ length: 11 }, (_, i) => `a${i}: runId`).join(" ")} } } } }`,
      "at most 10 aliases, got 11",
    ],
    [`{ __schema ${"{ types ".repeat(11)} { name } ${"}".repeat(11)} }`, "maximum depth of 10"],
    [
      "{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...a ...a }",
      "total selections of 1000",
    ],
    [`{ mlflowGetRun { run { info { ${"runId ".repeat(1001)} } } } }`, "total selections of 1000"],
  ])("%.60s is refused", async (query, says) => {
    const { status, errors } = await ask(query);
    expect([status, errors]).toEqual([200, [expect.stringContaining(says)]]);
  });

  test.each<[unknown, unknown?, unknown?]>([
    ["{"],
    [""],
    [undefined],
    [7],
    ["{ a }", 7],
    ["{ a }", [1]],
    ["{ a }", {}, 7],
    ["x".repeat(20_001)],
    [`{ ${"a ".repeat(2001)} }`],
  ])("%.30j is not a GraphQL request", async (query, variables, operationName) => {
    expect((await ask(query, variables, operationName)).status).toBe(400);
  });
});
