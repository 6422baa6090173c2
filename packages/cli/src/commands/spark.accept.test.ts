import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bringSpark } from "@flightdeck/spark";
import { part, REPOSITORY_ROOT } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "../testing/flightdeck-process.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";

const env = { FLIGHTDECK_ENV_ROOT: join(REPOSITORY_ROOT, ".tools", "envs") };
const spark = await part("Spark", () => bringSpark({ env: { ...process.env, ...env } }));

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  for (const each of ["full", "broken"]) await mkdir(join(folder.path, each));
});
afterAll(() => folder.remove());

/** On two busy cores, Spark takes minutes to start. */
const PATIENT = { timeout: 900_000 } as const;
const onFreePorts = ["--port", "0", "--master-port", "0", "--workers", "1", "--memory", "512"];

function run(...args: string[]): Promise<FlightdeckResult> {
  return flightdeck(["spark", ...args], { cwd: folder.path, env });
}

function begin(dir: string): FlightdeckProcess {
  const args = ["spark", "start", "--dir", dir, ...onFreePorts];
  return FlightdeckProcess.start(args, { cwd: folder.path, env });
}

describe.skipIf(spark.missing)("flightdeck spark", () => {
  test.each([
    [["start", "--workers", "0"], 2, "a whole number, 1 or more"],
    [["start", "--workers", "65"], 1, "workers must be an integer from 1 to 64, got 65"],
    [["start", "--memory", "100"], 1, "memory in MiB must be an integer of at least 471, got 100"],
    [["start", "--dir", "file"], 1, "cannot be the folder of a cluster: ENOTDIR"],
    [["start", "--dir", "file/below"], 1, "file cannot be created: EEXIST"],
    [["start", "--dir", "full"], 1, "full contains mine"],
    [["start", "--dir", "broken"], 1, "cluster.json does not describe a Spark cluster; remove it"],
    [["status", "--dir", "broken"], 1, "cluster.json does not describe a Spark cluster; remove it"],
    [["status", "--dir", "absent"], 1, "there is no Spark cluster in absent"],
    [["stop", "--dir", "full"], 1, "there is no Spark cluster in full"],
  ])("refuses %j, and touches nothing", async (args, code, message) => {
    await folder.write("file", "mine");
    await folder.write("full/mine", "mine");
    await folder.write("broken/cluster.json", "{");
    const refused = await run(...args);
    expect(refused).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
    for (const file of ["file", "full/mine"])
      expect(await readFile(join(folder.path, file), "utf8")).toBe("mine");
  });

  test(
    "of two that start one at once one does; it is shown, runs the guide's search, and stops as a whole",
    PATIENT,
    async () => {
      const ends = await Promise.all([begin("cluster").end(), begin("cluster").end()]);
      const [started, refused] = ends.toSorted((a, b) => Number(a.code) - Number(b.code));
      expect([started?.code, refused?.code], started?.stderr).toEqual([0, 1]);
      expect(started?.stdout).toMatch(/^sc:\/\/127\.0\.0\.1:\d+\/;token=[0-9a-f]{48}\n$/);
      expect(refused?.stderr).toMatch(/a Spark cluster is already running in .*; stop it first/);
      const status = await run("status", "--dir", "cluster", "--json");
      expect(JSON.parse(status.stdout)).toMatchObject({
        remote: started?.stdout.trim(),
        running: ["master", "worker-1", "connect"],
        missing: [],
        aliveWorkers: 1,
      });
      const port = /:(\d+)\//.exec(started?.stdout ?? "")?.[1] ?? "";
      const taken = await run("start", "--dir", "other", "--port", port);
      expect(taken.stderr).toContain(`port ${port} cannot be used: another Spark Connect server is using it`);

      await expectGuidesSearch(started?.stdout.trim() ?? "");

      const [worker = 0] = await processesIn("cluster", "java", "deploy.worker.Worker");
      process.kill(worker, "SIGKILL");
      await expect
        .poll(async () => (await run("status", "--dir", "cluster")).stdout, POLL)
        .toContain("broken: worker-1 ended");
      expect((await run("stop", "--dir", "cluster")).stdout).toBe("stopped master, connect\n");
      expect(await processesIn("cluster")).toEqual([]);
      expect(await readdir(folder.path)).not.toContain("cluster");
    },
  );

  test("Ctrl-C while it starts leaves nothing", async () => {
    const starting = begin("interrupted");
    await starting.written(/master at/);
    starting.child.kill("SIGINT");
    expect((await starting.end()).code).toBe(130);
    expect(await processesIn("interrupted")).toEqual([]);
    expect(await readdir(folder.path)).not.toContain("interrupted");
  });

  test("leftovers of a killed start are shown, block a new start, and can be stopped", async () => {
    const killed = begin("killed");
    await killed.written(/master at/);
    killed.child.kill("SIGKILL");
    await killed.end();
    expect((await run("status", "--dir", "killed")).stdout).toContain("broken: ");
    expect((await run("start", "--dir", "killed", ...onFreePorts)).stderr).toMatch(/is already running in/);
    expect((await run("stop", "--dir", "killed")).stdout).toContain("stopped master");
    expect(await processesIn("killed")).toEqual([]);
    const again = begin("killed");
    await again.written(/master at/);
    again.child.kill("SIGTERM");
    expect((await again.end()).code).toBe(130);
    expect(await processesIn("killed")).toEqual([]);
  });
});

/** Runs the guide's project, which evaluates on the cluster's executors and logs to the same runs as this machine. */
async function expectGuidesSearch(remote: string): Promise<void> {
  const project = pathToFileURL(join(REPOSITORY_ROOT, "examples/airline")).href;
  const small = ["-P", "max_evals=1", "-P", "n_estimators_max=151"];
  const options = { cwd: folder.path, env: { ...env, SPARK_REMOTE: remote } };
  const run = await flightdeck(["run", project, "-e", "hyperopt", ...small, "-P", "spark=env"], options);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/evaluation 1 of 1: accuracy 0\.\d{4}/);
  const listed = await flightdeck(["runs", "list", "--experiment-id", "0", "--json"], options);
  const runs = JSON.parse(listed.stdout) as RunJson[]; // The output format of --json.
  const trial = runs.find(({ info }) => info.run_name === "trial 0");
  expect(trial?.info.status).toBe("FINISHED");
  expect(trial?.data.metrics.map(({ key }) => key)).toEqual(expect.arrayContaining(["accuracy", "loss"]));
  const words = JSON.stringify(runs);
  expect(words).not.toContain(/token=(\w+)/.exec(remote)?.[1]);
}

type RunJson = {
  readonly info: { readonly run_name: string; readonly status: string };
  readonly data: { readonly metrics: readonly { readonly key: string }[] };
};

const POLL = { timeout: 60_000, interval: 200 } as const;

/** Finds processes that run in a cluster's folder, filtered by program and by text in their command line. */
async function processesIn(dir: string, program = "", text = ""): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const isOurs = async (pid: string): Promise<boolean> => {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    const command = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
    const [name = ""] = command.split("\0");
    return cwd.startsWith(join(folder.path, dir)) && name.endsWith(program) && command.includes(text);
  };
  const found = await Promise.all(pids.map(isOurs));
  return pids.filter((_, index) => found[index]).map(Number);
}
