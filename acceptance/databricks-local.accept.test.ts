import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { sleep } from "@flightdeck/core";
import { freePort, REPOSITORY_ROOT } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENT_VERSIONS, clientPython } from "./parity/clients.ts";
import { runCommand } from "./run-command.ts";
import { startWorkspace, type TestWorkspace, WORKSPACE_EXPERIMENT } from "./workspace.ts";

/*
 * The first half of the guide with the stock clients and our own server as the workspace: `run -b local`, `models serve` with
 * the model's Full Path, and the query. Building environments is not tested, because it does not involve our server.
 */

const CLIENTS = await Promise.all(
  CLIENT_VERSIONS.map(async (version) => ({ version, python: await clientPython(version) })),
);
const POLL_MS = 200;

/** The request format of each client's scoring server. */
const TABLE = { columns: ["x"], data: [[0], [3]] };
const QUERIES = {
  "3.17.2": ["application/json", { dataframe_split: TABLE }],
  "2.22.4": ["application/json", { dataframe_split: TABLE }],
  "1.30.1": ["application/json; format=pandas-split", TABLE],
} as const;

let folder: string;
let project: string;
let workspace: TestWorkspace;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "databricks-local-")));
  project = join(folder, "forest");
  await cp(join(REPOSITORY_ROOT, "acceptance/projects/forest"), project, { recursive: true });
  await mkdir(join(project, "envs"));
  await writeFile(join(project, "envs/conda.yaml"), "name: forest\ndependencies: [python]\n");
  workspace = await startWorkspace(folder);
});
afterAll(async () => {
  await workspace?.server.close();
  await rm(folder, { recursive: true, force: true });
});

for (const { version, python } of CLIENTS) {
  const title = `mlflow ${version}: run, serve and query${python.missing ? ` (${python.reason})` : ""}`;
  test.skipIf(python.missing)(title, async () => {
    const bin = dirname(python.missing ? "" : python.value);
    const env = { ...workspace.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
    const parameters = ["-P", `conda-env=${project}/envs/conda.yaml`, "-P", "trees=3"];
    const args = ["run", `file:///${project}`, "-b", "local", "-e", "hyperopt", "--env-manager", "local"];
    const { code, stderr } = await runCommand(join(bin, "mlflow"), [...args, ...parameters], {
      cwd: project,
      env,
    });
    expect(code, stderr).toBe(0);
    const fullPath = await checkSearch(`forest_${version.split(".")[0]}`);
    const [contentType, body] = QUERIES[version];
    await withServedModel(join(bin, "mlflow"), fullPath, env, async (url) => {
      const headers = { "content-type": contentType };
      const answer = await fetch(`${url}/invocations`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      expect([answer.status, JSON.parse(text)]).toEqual([
        200,
        version === "1.30.1" ? [0, 1] : { predictions: [0, 1] },
      ]);
    });
  });
}

/** Checks the newest search: a parent with two nested runs, all FINISHED, and a registered model. Returns its Full Path. */
async function checkSearch(name: string): Promise<string> {
  const { client } = workspace;
  const { experimentId } = await client.getExperimentByName(WORKSPACE_EXPERIMENT);
  const search = { experimentIds: [experimentId], maxResults: 3 };
  const { items } = await client.searchRuns(search);
  const parent = items.find(({ data }) => data.tags.every(({ key }) => key !== "mlflow.parentRunId"))!;
  expect(items.map(({ info }) => info.status)).toEqual(["FINISHED", "FINISHED", "FINISHED"]);
  const children = items.filter(({ data }) =>
    data.tags.some(({ key, value }) => key === "mlflow.parentRunId" && value === parent.info.runId),
  );
  const depths = children.flatMap(({ data }) => data.params.map(({ value }) => value));
  expect(new Set(depths)).toEqual(new Set(["1", "2"]));
  expect((await client.getModelVersion({ name, version: "1" })).runId).toBe(parent.info.runId);
  expect(parent.info.artifactUri).toMatch(/^dbfs:\/databricks\/mlflow\/\d+\/[0-9a-f]{32}\/artifacts$/);
  return `${parent.info.artifactUri}/model`;
}

/** Runs `mlflow models serve` during `work`, and ends all its processes afterwards. */
async function withServedModel(
  mlflow: string,
  uri: string,
  env: Record<string, string>,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const log = join(folder, "serve.log");
  const script = 'exec "$@" >"$LOG" 2>&1';
  const serve = [mlflow, "models", "serve", "-m", uri, "-p", String(port), "--env-manager", "local"];
  const child = spawn("sh", ["-c", script, "sh", ...serve], {
    env: { ...process.env, ...env, LOG: log },
    detached: true,
    stdio: "ignore",
  });
  const ended = once(child, "close");
  try {
    const url = `http://127.0.0.1:${port}`;
    while (!(await answers(`${url}/ping`))) {
      if (child.exitCode !== null) expect.unreachable(await readFile(log, "utf8"));
      await sleep(POLL_MS);
    }
    await work(url);
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
  }
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.ok === true;
}
