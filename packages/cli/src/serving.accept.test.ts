import { downloadArtifacts, mlflow } from "@flightdeck/client";
import { RandomForestClassifier } from "@flightdeck/forest";
import { readCsv } from "@flightdeck/frame";
import { saveModel } from "@flightdeck/models";
import { pythonWith, REPOSITORY_ROOT } from "@flightdeck/testkit";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

const QUERY = JSON.stringify({
  columns: ["Distance", "Month"],
  data: [
    [100, 1],
    [2000, 6],
  ],
});

let folder: TemporaryFolder;
let tracking: FlightdeckProcess;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  const rows = Array.from({ length: 200 }, (_, i) => `${i * 11},${(i % 12) + 1},${i < 100 ? 0 : 1}\n`);
  await folder.write("flights.csv", `Distance,Month,ArrDelayBinary\n${rows.join("")}`);
  const model = new RandomForestClassifier({ nEstimators: 5, maxDepth: 4, seed: 1, nThreads: 1 });
  await model.fit(await readCsv(join(folder.path, "flights.csv")), "ArrDelayBinary");
  await saveModel(model, join(folder.path, "model"));
  tracking = FlightdeckProcess.start(["server", "-p", "0"], { cwd: folder.path });
  env = { MLFLOW_TRACKING_URI: await tracking.written(/http:\/\/127\.0\.0\.1:\d+/) };
  mlflow.setTrackingUri(env["MLFLOW_TRACKING_URI"] ?? "");
  await mlflow.startRun({}, (run) => run.logModel(model, { name: "forest", registeredModelName: "airline" }));
});
afterAll(async () => {
  tracking.child.kill("SIGTERM");
  await tracking.end();
  await folder.remove();
});

test.each([
  ["a folder", "model", {}],
  ["a registered version", "models:/airline/1", { tracked: true }],
] as const)(
  "models serve answers the guide's query for %s",
  async (_, uri, { tracked = false }: { tracked?: boolean }) => {
    const args = ["models", "serve", "-m", uri, "-p", "0", "--no-conda"];
    const server = FlightdeckProcess.start(args, { cwd: folder.path, env: tracked ? env : {} });
    const url = await server.written(/http:\/\/127\.0\.0\.1:\d+\/invocations/);
    const ask = async (contentType: string, body: string): Promise<unknown> => {
      const response = await fetch(url, { method: "POST", headers: { "Content-Type": contentType }, body });
      return await response.json();
    };
    expect(await ask("application/json; format=pandas-split", QUERY)).toEqual([0, 1]);
    expect(await ask("application/json", `{"dataframe_split": ${QUERY}}`)).toEqual({ predictions: [0, 1] });
    server.child.kill("SIGINT");
    const { code, stderr } = await server.end();
    expect(code).toBe(0);
    expect(stderr).toContain("press Ctrl-C to stop");
  },
);

test("an alias that moves is followed without a failed request, beside a model of a folder", async () => {
  const rows = Array.from({ length: 200 }, (_, i) => `${i * 11},${(i % 12) + 1},${i < 100 ? 1 : 0}\n`);
  await folder.write("contrary.csv", `Distance,Month,ArrDelayBinary\n${rows.join("")}`);
  const contrary = new RandomForestClassifier({ nEstimators: 5, maxDepth: 4, seed: 1, nThreads: 1 });
  await contrary.fit(await readCsv(join(folder.path, "contrary.csv")), "ArrDelayBinary");
  await mlflow.startRun({}, (run) => run.logModel(contrary, { registeredModelName: "airline" }));
  const champion = async (version: string): Promise<void> =>
    await mlflow.client.setRegisteredModelAlias({ name: "airline", version }, "champion");
  await champion("1");
  const args = ["models", "serve", "-m", "models:/airline@champion", "-m", "model", "-p", "0"];
  const server = FlightdeckProcess.start(args, { cwd: folder.path, env });
  const url = await server.written(/http:\/\/127\.0\.0\.1:\d+\/serving-endpoints\/airline\/invocations/);
  const ask = async (address: string): Promise<unknown> => {
    const headers = { "Content-Type": "application/json" };
    const body = `{"dataframe_split": ${QUERY}}`;
    const response = await fetch(address, { method: "POST", headers, body });
    return [response.status, await response.json()];
  };
  expect(await ask(url)).toEqual([200, { predictions: [0, 1] }]);
  await champion("2");
  const seen: unknown[] = [];
  while (JSON.stringify(seen.at(-1)) !== '[200,{"predictions":[1,0]}]') seen.push(await ask(url));
  expect(new Set(seen.map((each) => JSON.stringify(each)))).toEqual(
    new Set(['[200,{"predictions":[0,1]}]', '[200,{"predictions":[1,0]}]']),
  );
  expect(await ask(url.replace("airline", "model"))).toEqual([200, { predictions: [0, 1] }]);
  server.child.kill("SIGTERM");
  const { code, stderr } = await server.end();
  expect(code).toBe(0);
  expect(stderr).toContain("models:/airline@champion is models:/airline/2 now");
});

const python = await pythonWith(join(REPOSITORY_ROOT, "acceptance/python/serving.txt"));

test("the calls that models serve prints work as they are, in the shell, in TypeScript and in Python", async () => {
  const server = FlightdeckProcess.start(["models", "serve", "-m", "model", "-p", "0"], { cwd: folder.path });
  const [curl, typescript, inPython] = await Promise.all(
    [/^ {2}(curl .*)$/m, /^ {2}(await fetch.*)$/m, /^ {2}(requests\.post.*)$/m].map((call) =>
      server.written(call),
    ),
  );
  const printed = async (program: string, ...args: readonly string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(program, args);
    return JSON.parse(stdout);
  };
  const answer = { predictions: [0] };
  expect(await printed("sh", "-c", curl ?? "")).toEqual(answer);
  const module = `console.log(JSON.stringify(${typescript}))`;
  expect(await printed(process.execPath, "--input-type=module-typescript", "-e", module)).toEqual(answer);
  if (!python.missing) {
    const program = `import json, requests; print(json.dumps(${inPython}))`;
    expect(await printed(python.value, "-c", program)).toEqual(answer);
  }
  server.child.kill("SIGINT");
  expect((await server.end()).code).toBe(0);
});

test("two models with the same name are refused", async () => {
  const args = ["models", "serve", "-m", "model", "-m", "./model"];
  const { code, stderr } = await flightdeck(args, { cwd: folder.path });
  expect(code).toBe(1);
  expect(stderr).toBe(
    'flightdeck: --model-uri names two models "model"; each served model needs its own name\n',
  );
});

test("an alias that moves to a version that cannot be loaded changes nothing", async () => {
  const name = "airline";
  await mlflow.client.setRegisteredModelAlias({ name, version: "1" }, "challenger");
  await mlflow.startRun({}, async (run) => {
    await run.logText("flavors: {}\n", "broken/MLmodel");
    await mlflow.client.createModelVersion({ name, source: `runs:/${run.runId}/broken`, runId: run.runId });
  });
  const args = ["models", "serve", "-m", "models:/airline@challenger", "-p", "0"];
  const server = FlightdeckProcess.start(args, { cwd: folder.path, env });
  const url = await server.written(/http:\/\/127\.0\.0\.1:\d+\/invocations/);
  await mlflow.client.setRegisteredModelAlias({ name, version: "3" }, "challenger");
  await server.written(/models:\/airline@challenger stays as it was: .*cannot be loaded/);
  const headers = { "Content-Type": "application/json" };
  const body = `{"dataframe_split": ${QUERY}}`;
  const response = await fetch(url, { method: "POST", headers, body });
  expect(await response.json()).toEqual({ predictions: [0, 1] });
  server.child.kill("SIGINT");
  expect((await server.end()).code).toBe(0);
});

test("models predict reads JSON and CSV, from a file or from standard input", async () => {
  const predict = ["models", "predict", "-m", "model"];
  await folder.write("query.json", `{"dataframe_split": ${QUERY}}`);
  await folder.write("query.csv", "Distance,Month\n100,1\n2000,6\n");
  const options = { cwd: folder.path };
  const printed = { code: 0, stdout: '{"predictions":[0,1]}\n' };
  expect(await flightdeck([...predict, "-i", "query.json"], options)).toMatchObject(printed);
  expect(await flightdeck([...predict, "-i", "query.csv", "-t", "csv"], options)).toMatchObject(printed);
  const input = `{"dataframe_split": ${QUERY}}`;
  expect(await flightdeck(predict, { ...options, input })).toMatchObject(printed);
  expect(await flightdeck([...predict, "-i", "query.json", "-o", "answer.json"], options)).toMatchObject({
    code: 0,
    stdout: "",
  });
  expect(await readFile(join(folder.path, "answer.json"), "utf8")).toBe('{"predictions":[0,1]}');
  const broken = await flightdeck(predict, { ...options, input: "{" });
  expect(broken).toMatchObject({ code: 1, stdout: "" });
  expect(broken.stderr).toMatch(/^flightdeck: [^\n]+\n$/);
});

test("models list shows what is registered", async () => {
  const { stdout } = await flightdeck(["models", "list"], { cwd: folder.path, env });
  expect(stdout).toMatch(/^Name +Latest Version +Last Update Time\n/);
  expect(stdout).toMatch(/\nairline +3 +20/);
});

test("models prepare-env loads the model and says that it is ready", async () => {
  const options = { cwd: folder.path, env };
  const prepared = await flightdeck(["models", "prepare-env", "-m", "models:/airline/1"], options);
  expect(prepared).toMatchObject({ code: 0, stdout: "models:/airline/1 is ready to serve\n" });
  const absent = await flightdeck(["models", "prepare-env", "-m", "absent"], options);
  expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining("is no model folder") as string });
});

test("models update-pip-requirements changes a folder and a run's model, but no registered version", async () => {
  const options = { cwd: folder.path, env };
  const update = async (uri: string, ...args: readonly string[]): ReturnType<typeof flightdeck> =>
    await flightdeck(["models", "update-pip-requirements", "-m", uri, ...args], options);
  const runId = await mlflow.startRun({}, async (run) => {
    await run.logArtifacts(join(folder.path, "model"), "copy");
    return run.runId;
  });
  for (const uri of ["model", `runs:/${runId}/copy`]) {
    const added = await update(uri, "add", "Pandas<3", "absent==1");
    expect(added).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Pandas<3\nabsent==1\n") as string,
    });
    const removed = await update(uri, "remove", "ABSENT");
    expect(removed).toMatchObject({ code: 0, stdout: expect.not.stringContaining("absent") as string });
    const local = uri === "model" ? join(folder.path, uri) : await downloadArtifacts(mlflow.client, uri);
    expect(await readFile(join(local, "requirements.txt"), "utf8")).toMatch(/^Pandas<3$/m);
    expect(await readFile(join(local, "conda.yaml"), "utf8")).toMatch(/^ +- Pandas<3$/m);
  }
  expect(await update("models:/airline/1", "add", "pandas")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is a registered version, which cannot be changed") as string,
  });
});
