import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

let folder: TemporaryFolder;
let server: FlightdeckProcess;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  await folder.write(
    "MLproject",
    `entry_points: {main: {parameters: {text: {type: string, default: x}}, command: "echo said {text}; exit 0"}, fail: {command: "echo no disk >&2; exit 7"}}`,
  );
  server = FlightdeckProcess.start(["server", "-p", "0"], { cwd: folder.path });
  env = { MLFLOW_TRACKING_URI: await server.written(/http:\/\/127\.0\.0\.1:\d+/) };
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.end();
  await folder.remove();
});

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await flightdeck(args, { cwd: folder.path, env });
  expect(code, stderr).toBe(0);
  return stdout;
}

test("an experiment is created, renamed, shown, deleted and restored", async () => {
  const created = await ok("experiments", "create", "-n", "air line");
  const id = /^Created experiment 'air line' with id (\d+)\n$/.exec(created)?.[1] ?? "";
  expect(await ok("experiments", "rename", "-x", id, "--new-name", "airline")).toContain("airline");
  expect(await ok("experiments", "get", "-x", id)).toMatch(/^Experiment ID +: \d+\nName +: airline\n/);
  expect(JSON.parse(await ok("experiments", "get", "-n", "airline", "--output", "json"))).toMatchObject({
    name: "airline",
  });
  const table = await ok("experiments", "search");
  expect(table.split("\n")[0]).toMatch(/^Experiment Id +Name +Artifact Location$/);
  expect(table).toContain("airline");
  const filtered = JSON.parse(
    await ok("experiments", "search", "--filter", "name = 'airline'", "--json"),
  ) as object[];
  expect(filtered).toMatchObject([{ experiment_id: id }]);
  expect(await ok("experiments", "delete", "-x", id)).toBe(`Experiment with ID ${id} has been deleted.\n`);
  expect(await ok("experiments", "search")).not.toContain("airline");
  expect(await ok("experiments", "search", "-v", "deleted_only")).toContain("airline");
  expect(await ok("experiments", "restore", "-x", id)).toBe(`Experiment with id ${id} has been restored.\n`);
});

test("a project's run, its exit code, and what the run commands show of it", async () => {
  expect(
    await ok(
      "run",
      `file:///${folder.path}`,
      "--run-name",
      "one",
      "--experiment-name",
      "runs",
      "-P",
      "text=a, b",
    ),
  ).toBe("said a, b\n");
  const failed = await flightdeck(["run", ".", "-e", "fail", "--experiment-name", "runs"], {
    cwd: folder.path,
    env,
  });
  expect(failed).toMatchObject({ code: 7, stdout: "" });
  expect(failed.stderr).toMatch(
    /no disk\nflightdeck: run [0-9a-f]{32} FAILED: entry point "fail" ended with exit code 7: no disk\n$/,
  );
  const { experiment_id: id } = JSON.parse(await ok("experiments", "get", "-n", "runs", "--json")) as {
    experiment_id: string;
  };
  const found = JSON.parse(
    await ok("runs", "list", "--experiment-id", id, "--filter", "params.text = 'a, b'", "--json"),
  ) as { info: { run_id: string } }[];
  expect(found).toHaveLength(1);
  const runId = found[0]?.info.run_id ?? "";
  const listed = await ok("runs", "list", "--experiment-id", id);
  expect(listed.trim().split("\n")).toHaveLength(4);
  expect(listed).toMatch(new RegExp(`one +FINISHED +${runId}`));
  const described: unknown = JSON.parse(await ok("runs", "describe", "--run-id", runId));
  expect(described).toMatchObject({
    info: { status: "FINISHED" },
    data: { params: { text: "a, b" }, tags: { "mlflow.source.type": "PROJECT" } },
  });
  const csv = await ok("experiments", "csv", "-x", id);
  expect(csv.split("\n")[0]).toMatch(
    /^run_id,experiment_id,status,artifact_uri,start_time,end_time,params.text,tags\./,
  );
  expect(csv).toContain('"a, b"');
  await ok("runs", "delete", "--run-id", runId);
  expect(await ok("runs", "list", "--experiment-id", id)).not.toContain(runId);
  await ok("runs", "restore", "--run-id", runId);
  expect(await ok("runs", "list", "--experiment-id", id)).toContain(runId);
});

test("artifacts go to a run and come back", async () => {
  await ok("run", ".", "--experiment-name", "artifacts");
  const { experiment_id: id } = JSON.parse(await ok("experiments", "get", "-n", "artifacts", "--json")) as {
    experiment_id: string;
  };
  const [run] = JSON.parse(await ok("runs", "list", "--experiment-id", id, "--json")) as {
    info: { run_id: string };
  }[];
  const runId = run?.info.run_id ?? "";
  await mkdir(join(folder.path, "plots/deep"), { recursive: true });
  await folder.write("plots/a.txt", "a");
  await folder.write("plots/deep/b.txt", "bb");
  await ok("artifacts", "log-artifact", "-l", "plots/a.txt", "-r", runId);
  await ok("artifacts", "log-artifacts", "-l", "plots", "-r", runId, "-a", "all");
  expect(JSON.parse(await ok("artifacts", "list", "-r", runId))).toEqual([
    { path: "a.txt", is_dir: false, file_size: 1 },
    { path: "all", is_dir: true },
  ]);
  const place = (await ok("artifacts", "download", "-r", runId, "-a", "all/deep", "-d", "got")).trim();
  expect(await readFile(join(folder.path, place, "b.txt"), "utf8")).toBe("bb");
  const file = (await ok("artifacts", "download", "-r", runId, "-a", "all/a.txt", "-d", "got")).trim();
  expect(file).toBe("got/all/a.txt");
  expect(await readFile(join(folder.path, file), "utf8")).toBe("a");
  const whole = (await ok("artifacts", "download", "-u", `runs:/${runId}/`, "-d", "whole")).trim();
  expect(await readFile(join(folder.path, whole, "all/deep/b.txt"), "utf8")).toBe("bb");
});

test("commands report what they did as JSON with --json", async () => {
  const json = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await ok(...args, "--json")) as unknown;
  const { experiment_id: id } = (await json("experiments", "create", "-n", "told")) as {
    experiment_id: string;
  };
  expect(await json("experiments", "rename", "-x", id, "--new-name", "said")).toEqual({
    experiment_id: id,
    name: "said",
  });
  await ok("run", ".", "--experiment-id", id);
  const [run] = (await json("runs", "list", "--experiment-id", id)) as { info: { run_id: string } }[];
  const run_id = run?.info.run_id ?? "";
  await folder.write("c.txt", "ccc");
  const file = ["-r", run_id, "-a", "sub"];
  expect(await json("artifacts", "log-artifact", "-l", "c.txt", ...file)).toEqual({
    run_id,
    path: "sub/c.txt",
  });
  expect(await json("artifacts", "download", ...file, "-d", "told")).toEqual({ path: "told/sub" });
  const csv = ["experiments", "csv", "-x", id, "-o", "told.csv"];
  expect(await json(...csv)).toEqual({ experiment_id: id, filename: "told.csv" });
  expect(await json("runs", "close", "--run-id", run_id)).toEqual({ run_id, status: "FINISHED" });
  expect(await json("runs", "delete", "--run-id", run_id)).toEqual({ run_id, lifecycle_stage: "deleted" });
  expect(await json("runs", "restore", "--run-id", run_id)).toEqual({ run_id, lifecycle_stage: "active" });
  const stage = (lifecycle_stage: string): object => ({ experiment_id: id, lifecycle_stage });
  expect(await json("experiments", "delete", "-x", id)).toEqual(stage("deleted"));
  expect(await json("experiments", "restore", "-x", id)).toEqual(stage("active"));
});

test("without a tracking server, commands keep their data in the data folder", async () => {
  const own = { FLIGHTDECK_DATA_DIR: join(folder.path, "data") };
  const options = { cwd: folder.path, env: own };
  expect(await flightdeck(["experiments", "create", "-n", "local"], options)).toMatchObject({ code: 0 });
  expect((await flightdeck(["experiments", "search"], options)).stdout).toContain("local");
  const sqlite = {
    cwd: folder.path,
    env: { MLFLOW_TRACKING_URI: `sqlite:///${folder.path}/data/flightdeck.db` },
  };
  expect((await flightdeck(["experiments", "search"], sqlite)).stdout).toContain("local");
});

test("a closed output pipe is not an error", async () => {
  const listing = FlightdeckProcess.start(["experiments", "search"], { cwd: folder.path, env });
  listing.child.stdout?.destroy();
  expect(await listing.end()).toMatchObject({ code: 0, stderr: "" });
});
