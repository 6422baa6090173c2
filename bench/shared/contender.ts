import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { AppError, sleep } from "@flightdeck/core";
import { freePort, REPOSITORY_ROOT } from "@flightdeck/testkit";

/** A tracking server started the way users start it, in a separate process and folder. */
export type Contender = {
  readonly name: string;
  readonly url: string;
  /** Sent with each request of a load, if the server requires it. */
  readonly token?: string | undefined;
  /** From `spawn` to the first response. */
  readonly startSeconds: number;
  /** Resident memory of the server and its children, in MiB. */
  memoryMib(): Promise<number>;
  /** CPU time of the server and its children so far. */
  cpuSeconds(): Promise<number>;
  stop(): Promise<void>;
};

/** The `flightdeck` command's script for Node. */
export const FLIGHTDECK: string = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");

const START_SECONDS_MAX = 120; // MLflow took up to 46 s with a cold file cache.
const TRACKING_PROBE = "/api/2.0/mlflow/experiments/get?experiment_id=0";
const KIB_PER_MIB = 1024;

export async function startFlightdeck(folder?: string): Promise<Contender> {
  return start({ name: "Flightdeck", folder }, (port, dir) => serverArgv(FLIGHTDECK, port, dir));
}

/** Starts another checkout of Flightdeck as a baseline; its dependencies must be installed. */
export async function startCheckout(checkout: string): Promise<Contender> {
  const command = join(checkout, "packages/cli/bin/flightdeck.mjs");
  return start({ name: "baseline" }, (port, dir) => serverArgv(command, port, dir));
}

/** Starts a workspace that requires tokens; the load comes from a user who is not an admin. */
export async function startGuardedFlightdeck(): Promise<Contender & { readonly adminToken: string }> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-bench-"));
  const adminToken = await createToken(folder, "admin"); // A workspace's first user is its admin.
  const token = await createToken(folder, "ada");
  const server = await start(
    { name: "Flightdeck with tokens", folder, token, temporary: true },
    (port, dir) => [...serverArgv(FLIGHTDECK, port, dir), "--auth", "token"],
  );
  return { ...server, adminToken };
}

function serverArgv(command: string, port: number, folder: string): readonly string[] {
  return [process.execPath, command, "server", "--port", String(port), "--data-dir", folder];
}

async function createToken(folder: string, user: string): Promise<string> {
  const argv = [FLIGHTDECK, "tokens", "create", "--user", user, "--data-dir", folder];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return stdout.trim();
}

/** Uses one worker: with several, MLflow adds 40 ms to each keep-alive request. */
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

/** A Go program with an MLflow-compatible API; its wheel contains the binary. */
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
  /** An existing folder, which is kept; without one, the server starts empty and its folder is deleted with it. */
  readonly folder?: string | undefined;
  /** Deletes the given folder with the server. */
  readonly temporary?: true | undefined;
  readonly token?: string | undefined;
};

/** Starts any server that answers on a path, in a separate process group. */
export async function start(
  place: Place,
  argvFor: (port: number, folder: string) => readonly string[],
  probe: string = TRACKING_PROBE,
): Promise<Contender> {
  const folder = place.folder ?? (await mkdtemp(join(tmpdir(), "flightdeck-bench-")));
  const port = await freePort();
  const [file = "", ...args] = argvFor(port, folder);
  const startedMs = performance.now();
  const child = spawn(file, args, { cwd: folder, detached: true, stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}${probe}`, child);
  return {
    name: place.name,
    url,
    token: place.token,
    startSeconds: (performance.now() - startedMs) / 1000,
    memoryMib: () => residentMib(child.pid ?? 0),
    cpuSeconds: () => groupCpuSeconds(child.pid ?? 0),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      process.kill(-(child.pid ?? 0), "SIGTERM");
      await ended;
      if (place.folder === undefined || place.temporary) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + START_SECONDS_MAX * 1000;
  while (performance.now() < endMs) {
    if (child.exitCode !== null)
      throw new AppError("INTERNAL_ERROR", `the server ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined && answer.status < 500) return; // A server that requires a token answers 401.
    await sleep(20);
  }
  throw new AppError("DEADLINE_EXCEEDED", `${url} did not answer within ${START_SECONDS_MAX} s`);
}

/** Summed over the process group, from /proc: MLflow's server is a small tree of processes. */
async function residentMib(groupId: number): Promise<number> {
  let kib = 0;
  for (const { pid } of await groupMembers(groupId)) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    kib += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return kib / KIB_PER_MIB;
}

/** proc(5): user and system time, including that of ended children, in hundredths of a second. */
async function groupCpuSeconds(groupId: number): Promise<number> {
  const members = await groupMembers(groupId);
  const ticks = members.flatMap(({ fields }) => fields.slice(11, 15)).map(Number);
  return ticks.reduce((sum, count) => sum + count, 0) / 100;
}

type Member = {
  readonly pid: string;
  /** The fields of /proc/PID/stat from the state on. */
  readonly fields: readonly string[];
};

async function groupMembers(groupId: number): Promise<readonly Member[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const members = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      return { pid, fields: stat.slice(stat.lastIndexOf(")") + 2).split(" ") };
    }),
  );
  return members.filter(({ fields }) => Number(fields[2]) === groupId);
}
