import { mlflow } from "@flightdeck/client";
import { RandomForestClassifier } from "@flightdeck/forest";
import { readCsv } from "@flightdeck/frame";
import { saveModel } from "@flightdeck/models";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
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
  tracking = new FlightdeckProcess(["server", "-p", "0"], { cwd: folder.path });
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
    const server = new FlightdeckProcess(args, { cwd: folder.path, env: tracked ? env : {} });
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
    expect(stderr).toContain("--no-conda change nothing");
  },
);

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
  expect(stdout).toMatch(/\nairline +1 +20/);
});
