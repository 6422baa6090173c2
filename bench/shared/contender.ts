import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AppError, sleep } from "@flightdeck/core";
import { freePort, REPOSITORY_ROOT } from "@flightdeck/testkit";

/** A tracking server as its users start it, in a process and a folder of its own. */
export type Contender = {
  readonly name: string;
  readonly url: string;
  /** From `spawn` to the first answer. */
  readonly startSeconds: number;
  /** Resident memory of the server and its children, in MiB. */
  memoryMib(): Promise<number>;
  stop(): Promise<void>;
};

/** The `flightdeck` command as a script for Node. */
export const FLIGHTDECK: string = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");

const START_SECONDS_MAX = 120; // MLflow with cold files was seen to take 46 s.
const KIB_PER_MIB = 1024;

export async function startFlightdeck(folder?: string): Promise<Contender> {
  return start({ name: "Flightdeck", folder }, (port, dir) => [
    process.execPath,
    FLIGHTDECK,
    "server",
    "--port",
    String(port),
    "--data-dir",
    dir,
  ]);
}

/** One worker: with several, MLflow adds 40 ms to each keep-alive request. */
export async function startMlflow(python: string, folder?: string): Promise<Contender> {
  return start({ name: "MLflow, 1 worker", folder }, (port, dir) => [
    python,
    "-m",
    "mlflow",
    "server",
    "--port",
    String(port),
    "--workers",
    "1",
    "--backend-store-uri",
    `sqlite:///${dir}/mlflow.db`,
    "--artifacts-destination",
    `${dir}/artifacts`,
  ]);
}

/** A Go program with an MLflow-compatible API; its wheel holds the binary. */
export async function startFastTrackMl(python: string): Promise<Contender> {
  return start({ name: "FastTrackML" }, (port, dir) => [
    join(dirname(python), "fml"),
    "server",
    "--listen-address",
    `127.0.0.1:${port}`,
    "--database-uri",
    `sqlite://${dir}/fasttrackml.db`,
    "--default-artifact-root",
    `${dir}/artifacts`,
  ]);
}

type Place = {
  readonly name: string;
  /** A folder that is kept; without one, the server starts empty and its folder goes with it. */
  readonly folder?: string | undefined;
};

async function start(
  place: Place,
  argvFor: (port: number, folder: string) => readonly string[],
): Promise<Contender> {
  const folder = place.folder ?? (await mkdtemp(join(tmpdir(), "flightdeck-bench-")));
  const port = await freePort();
  const [file = "", ...args] = argvFor(port, folder);
  const startedMs = performance.now();
  const child = spawn(file, args, { cwd: folder, detached: true, stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url, child);
  return {
    name: place.name,
    url,
    startSeconds: (performance.now() - startedMs) / 1000,
    memoryMib: () => residentMib(child.pid ?? 0),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      process.kill(-(child.pid ?? 0), "SIGTERM");
      await ended;
      if (place.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + START_SECONDS_MAX * 1000;
  while (performance.now() < endMs) {
    if (child.exitCode !== null)
      throw new AppError("INTERNAL_ERROR", `the server ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/api/2.0/mlflow/experiments/get?experiment_id=0`).catch(
      () => undefined,
    );
    if (answer?.ok) return;
    await sleep(20);
  }
  throw new AppError("DEADLINE_EXCEEDED", `${url} did not answer within ${START_SECONDS_MAX} s`);
}

/** Sum over the process group, from /proc: MLflow's server is a small tree of processes. */
async function residentMib(groupId: number): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  let kib = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
    if (group !== groupId) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    kib += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return kib / KIB_PER_MIB;
}
