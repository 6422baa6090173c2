import { createReadStream, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mlflow, MlflowClient } from "@flightdeck/client";
import { REPOSITORY_ROOT, startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, runCommand } from "./run-command.ts";
import { FLIGHTDECK } from "./serving-command.ts";

/* The guide's project with the guide's command, but with few trees and only two evaluations. */

const PROJECT = join(REPOSITORY_ROOT, "examples/airline");
const FLIGHTS = join(PROJECT, "airline_small.parquet");
const EXPERIMENT = "airline";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), "flightdeck-airline-"));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the guide's search", () => {
  test("tracks each evaluation as a nested run and registers the best model", async () => {
    const exit = await runProject("hyperopt", ["max_evals=2", "n_estimators_max=151", `fpath=${FLIGHTS}`]);
    expect(exit).toMatchObject({ code: 0 });
    const client = new MlflowClient({ trackingUri: server.url });
    const { experimentId } = await client.getExperimentByName(EXPERIMENT);
    const { items } = await client.searchRuns({ experimentIds: [experimentId] });
    const parent = items.find(({ info }) => info.runName === "RAPIDS-Hyperopt");
    expect(parent?.info.status).toBe("FINISHED");
    const children = items.filter(({ data }) =>
      data.tags.some(({ key, value }) => key === "mlflow.parentRunId" && value === parent?.info.runId),
    );
    expect(children).toHaveLength(2);
    for (const { data, outputs } of children) {
      expect(data.params.map(({ key }) => key)).toEqual(["max_depth", "max_features", "n_estimators"]);
      expect(data.metrics.find(({ key }) => key === "accuracy")?.value).toBeGreaterThan(0.6);
      expect(outputs.modelOutputs).toHaveLength(1);
    }
    const best = Math.max(...children.map(({ data }) => data.metrics[0]!.value));
    expect(parent?.data.metrics.find(({ key }) => key === "accuracy")?.value).toBe(best);

    mlflow.setTrackingUri(server.url);
    const model = await mlflow.loadModel("models:/rapids_mlflow_cli/1");
    expect(model.inputs?.map(({ name }) => name)).not.toContain("ArrDelayBinary");
  });

  test("reads the flights from a URL by range requests", async () => {
    const files = await serveWithRanges(FLIGHTS);
    const exit = await runProject("simple", ["n_estimators=3", `fpath=${files.url}`]);
    files.server.close();
    expect(exit).toMatchObject({ code: 0 });
    expect(files.ranges.length).toBeGreaterThan(0);
  });
});

describe("an invalid file", () => {
  test.each([
    ["a missing parquet", "nowhere.parquet", /nowhere\.parquet does not exist/],
    ["a file that is not parquet", "notes.parquet", /notes\.parquet.*not a parquet file/],
    ["a parquet without the label", "kinds.parquet", /ArrDelayBinary/],
  ])("%s gives a one-line error, exit code 1 and a FAILED run", async (_, name, message) => {
    await writeFile(join(folder, "notes.parquet"), "these are notes, and no columns\n".repeat(10));
    const fpath = name === "kinds.parquet" ? KINDS : join(folder, name);
    const exit = await runProject("simple", [`fpath=${fpath}`]);
    expect(exit.code).toBe(1);
    expect(exit.stderr).toMatch(message);
    expect(exit.stderr).not.toMatch(/^\s+at /m);
    const client = new MlflowClient({ trackingUri: server.url });
    const { experimentId } = await client.getExperimentByName(EXPERIMENT);
    const { items } = await client.searchRuns({ experimentIds: [experimentId], maxResults: 1 });
    expect(items[0]?.info.status).toBe("FAILED");
  });
});

/** A parquet file with columns of many types, but no flights. */
const KINDS = join(REPOSITORY_ROOT, "packages/frame/src/testing/fixtures/kinds.parquet");

function runProject(entryPoint: string, parameters: readonly string[]): Promise<CommandResult> {
  const args = [
    "run",
    `file:///${PROJECT}`,
    "-b",
    "local",
    "-e",
    entryPoint,
    "--experiment-name",
    EXPERIMENT,
  ];
  const condaEnv = `conda-env=${join(PROJECT, "envs/conda.yaml")}`;
  const declared = entryPoint === "hyperopt" ? [condaEnv, ...parameters] : parameters;
  const options = declared.flatMap((parameter) => ["-P", parameter]);
  const env = { MLFLOW_TRACKING_URI: server.url };
  return runCommand(process.execPath, [FLIGHTDECK, ...args, ...options], { cwd: REPOSITORY_ROOT, env });
}

/** A file server that supports range requests and records them. */
async function serveWithRanges(path: string): Promise<{ server: Server; url: string; ranges: string[] }> {
  const ranges: string[] = [];
  const sizeBytes = statSync(path).size;
  const files = createServer((request, response) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (range === null) {
      response.writeHead(200, { "content-length": sizeBytes, "accept-ranges": "bytes" });
      if (request.method === "HEAD") response.end();
      else createReadStream(path).pipe(response);
      return;
    }
    ranges.push(range[0]);
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), sizeBytes - 1)];
    response.writeHead(206, {
      "content-length": end - start + 1,
      "content-range": `bytes ${start}-${end}/${sizeBytes}`,
    });
    createReadStream(path, { start, end }).pipe(response);
  });
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  const { port } = files.address() as AddressInfo; // A TCP server's address is an object.
  return { server: files, url: `http://127.0.0.1:${port}/flights.parquet`, ranges };
}
