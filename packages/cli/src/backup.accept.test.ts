import { type Endpoint, endpoints } from "@flightdeck/protocol";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* A backup taken from a server under load and restored elsewhere. Answers about existing data must be identical. */

let folder: TemporaryFolder;
let servers: FlightdeckProcess[] = [];
beforeEach(async () => void (folder = await TemporaryFolder.create()));
afterEach(async () => {
  for (const each of servers) each.child.kill("SIGKILL");
  await Promise.all(servers.map((each) => each.end()));
  servers = [];
  await folder.remove();
});

async function serve(dataDir: string): Promise<string> {
  const server = FlightdeckProcess.start(
    ["server", "-p", "0", "--data-dir", dataDir, "--jobs-max-parallel", "0"],
    {
      cwd: folder.path,
    },
  );
  servers.push(server);
  return await server.written(/flightdeck listens on (http:\S+)/);
}

type Made = {
  readonly experiment_id: string;
  readonly run: { readonly info: { readonly run_id: string } };
  readonly model: { readonly info: { readonly model_id: string } };
};

async function post(url: string, path: string, body: unknown, version = "2.0/mlflow"): Promise<Made> {
  const response = await fetch(`${url}/api/${version}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.status, `${path}: ${text}`).toBe(200);
  return JSON.parse(text) as Made; // Every call returns one of them.
}

async function put(url: string, path: string, content: string): Promise<void> {
  const response = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${path}`, {
    method: "PUT",
    body: content,
  });
  expect(response.status).toBe(200);
}

/** Creates one object of every kind. Returns the values by which calls refer to them. */
async function fill(url: string): Promise<Record<string, string>> {
  const { experiment_id: experimentId } = await post(url, "experiments/create", { name: "kept" });
  const { run } = await post(url, "runs/create", {
    experiment_id: experimentId,
    start_time: 1,
    run_name: "one",
  });
  const { run_id: runId } = run.info;
  const metrics = Array.from({ length: 100 }, (_, step) => ({
    key: "m",
    value: step / 7,
    timestamp: step,
    step,
  }));
  await post(url, "runs/log-batch", {
    run_id: runId,
    metrics,
    params: [{ key: "p", value: "déjà" }],
    tags: [{ key: "t", value: "v" }],
  });
  await post(url, "runs/log-inputs", {
    run_id: runId,
    datasets: [{ dataset: { name: "d", digest: "1", source_type: "local", source: "{}" }, tags: [] }],
  });
  await put(url, `${experimentId}/${runId}/artifacts/notes/a.txt`, "kept content");
  const { model } = await post(url, "logged-models", { experiment_id: experimentId, name: "logged" });
  const { model_id: modelId } = model.info;
  await post(url, "registered-models/create", { name: "registered", description: "d" });
  await post(url, "model-versions/create", {
    name: "registered",
    source: `models:/${modelId}`,
    model_id: modelId,
    run_id: runId,
  });
  await post(url, "registered-models/alias", { name: "registered", alias: "best", version: "1" });
  await post(url, "dbfs/put", { path: "/kept/x", contents: "a2VwdA==" }, "2.0");
  return {
    experiment_id: experimentId,
    experiment_name: "kept",
    run_id: runId,
    run_uuid: runId,
    run_ids: runId,
    experiment_ids: experimentId,
    metric_key: "m",
    model_id: modelId,
    name: "registered",
    version: "1",
    alias: "best",
    max_results: "50",
  };
}

/** The `path` to send with read-only calls, which means something different on DBFS than elsewhere. */
const OWN_FIELDS: Readonly<Record<string, string>> = { dbfs: "/kept/x", default: "notes" };

/** Signed URLs expire, and their signing key is not in this backup. */
const SIGNED = /(\?expires=)\d+&signature=[\w-]+/g;

async function answersOf(
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (name: string, path: string, init: RequestInit = {}): Promise<void> => {
    const response = await fetch(url + path, init);
    const text = (await response.text()).replaceAll(url, "SERVER").replaceAll(SIGNED, "$1");
    answers.set(name, `${response.status} ${text}`);
  };
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    if (!endpoint.methods.includes("GET")) continue;
    const area = endpoint.path.includes("dbfs") ? "dbfs" : "default";
    const query = new URLSearchParams({ ...fields, path: OWN_FIELDS[area] ?? "" });
    const path = endpoint.path.replace(/\{(\w+)\}/g, (_, field: string) => fields[field] ?? "1");
    const [version] = endpoint.versions;
    await ask(name, `/api/${version}${path}?${query.toString()}`);
  }
  const search = (body: object): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const byExperiment = search({ experiment_ids: [fields["experiment_id"]] });
  await ask("search runs", "/api/2.0/mlflow/runs/search", byExperiment);
  await ask("search logged models", "/api/2.0/mlflow/logged-models/search", byExperiment);
  await ask("search experiments", "/api/2.0/mlflow/experiments/search", search({ max_results: 100 }));
  await ask("artifact", `/get-artifact?run_id=${fields["run_id"]}&path=notes/a.txt`);
  await ask("dbfs file", "/dbfs/kept/x");
  return answers;
}

type Load = { readonly acknowledged: () => number; readonly end: () => Promise<void> };

/** Logs two metrics in one batch and an artifact, over and over, and counts the acknowledged steps. */
function startLoad(url: string, runId: string, experimentId: string): Load {
  const progress = { done: 0, isEnding: false };
  const work = async (): Promise<void> => {
    for (let step = 0; !progress.isEnding; step += 1) {
      await put(url, `${experimentId}/${runId}/artifacts/${step}.txt`, String(step));
      const point = { value: step, timestamp: step, step };
      const metrics = [
        { key: "a", ...point },
        { key: "b", ...point },
      ];
      await post(url, "runs/log-batch", { run_id: runId, metrics });
      progress.done = step + 1;
    }
  };
  const working = work();
  return {
    acknowledged: () => progress.done,
    end: async () => {
      progress.isEnding = true;
      await working;
    },
  };
}

test("a backup of a server under load, restored elsewhere, gives the same answers", async () => {
  const original = await serve("data");
  const fields = await fill(original);
  const { experiment_id: experimentId } = await post(original, "experiments/create", { name: "load" });
  const { run } = await post(original, "runs/create", { experiment_id: experimentId });
  const { run_id: runId } = run.info;
  const { acknowledged, end } = startLoad(original, runId, experimentId);
  const before = await answersOf(original, fields);
  await expect.poll(acknowledged, { timeout: 60_000 }).toBeGreaterThan(20);
  const beforeBackup = acknowledged();
  const backup = await flightdeck(["backup", "kept.tar", "--data-dir", "data", "--json"], {
    cwd: folder.path,
  });
  const afterBackup = acknowledged();
  expect(backup.code, backup.stderr).toBe(0);
  expect(afterBackup).toBeGreaterThan(beforeBackup); // The server kept working.
  await end();

  const restored = await flightdeck(["restore", "kept.tar", "--data-dir", join("else", "where")], {
    cwd: folder.path,
  });
  expect(restored.code, restored.stderr).toBe(0);
  expect(restored.stdout).toMatch(/^Restored \d+ files, .* to \S+\.\n$/);
  expect(restored.stderr).toContain("the backup contains no keys");
  const elsewhere = await serve(join("else", "where"));
  const after = await answersOf(elsewhere, fields);
  expect([...before.keys()].length).toBeGreaterThan(30);
  expect([...before.values()].filter((answer) => answer.startsWith("200 ")).length).toBeGreaterThan(15);
  for (const [name, answer] of before) expect(after.get(name), name).toBe(answer);

  const historyOf = async (key: string): Promise<number> => {
    const query = `run_id=${runId}&metric_key=${key}`;
    const response = await fetch(`${elsewhere}/api/2.0/mlflow/metrics/get-history?${query}`);
    return ((await response.json()) as { metrics: unknown[] }).metrics.length;
  };
  const points = await historyOf("a");
  expect(await historyOf("b")).toBe(points); // No partial batches.
  expect(points).toBeGreaterThanOrEqual(beforeBackup);
  for (let step = 0; step < points; step += 1) {
    const response = await fetch(`${elsewhere}/get-artifact?run_id=${runId}&path=${step}.txt`);
    expect(await response.text()).toBe(String(step)); // Every artifact that the database knows of exists.
  }
});

test("a backup or restore that is refused prints one line", async () => {
  await folder.write("taken.tar", "x");
  await serve("data");
  for (const [args, message] of [
    [["backup", "x.tar", "--data-dir", "nowhere"], "there is no database"],
    [["backup", "taken.tar", "--data-dir", "data"], "exists; choose another name"],
    [
      ["backup", "x.tar", "--backend-store-uri", "postgresql://u:secret@h/d"],
      "back up a PostgreSQL database with pg_dump",
    ],
    [["restore", "taken.tar", "--data-dir", "new"], "the backup cannot be restored"],
    [["restore", "absent.tar", "--data-dir", "new"], "no such file"],
    [["restore", "taken.tar", "--data-dir", "data"], "is not empty"],
    [["restore", "taken.tar"], "required option '--data-dir <DIR>' not specified"],
  ] as const) {
    const { code, stderr } = await flightdeck(args, { cwd: folder.path });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^flightdeck: .*\n$/);
    expect(stderr).not.toContain("secret");
    expect(code).toBeGreaterThan(0);
  }
});
