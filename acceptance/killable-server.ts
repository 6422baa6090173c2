import { type ChildProcess, spawn } from "node:child_process";
import type { MlflowClient } from "@flightdeck/client";
import { sleep } from "@flightdeck/core";
import { freePort } from "@flightdeck/testkit";
import { FLIGHTDECK } from "./serving-command.ts";

const POLL_MS = 20;

/** A `flightdeck server` in its own process group, which a test can kill together with its children. */
export type KillableServer = {
  readonly url: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;
  /** Does nothing when the process has already ended. */
  readonly kill: (signal: NodeJS.Signals) => void;
};

/** Starts a server on a free port and waits until it is healthy. */
export async function startKillableServer(args: readonly string[], cwd?: string): Promise<KillableServer> {
  const port = await freePort();
  const child = spawnServer(args, { port, cwd });
  child.stderr?.resume();
  const ended = new Promise((resolve) => child.once("close", resolve));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null) throw new TypeError(`the server exited with ${child.exitCode}`);
    await sleep(POLL_MS);
  }
  const kill = (signal: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), signal);
  };
  return { url, ended, kill };
}

/** Spawns a server without waiting for it. Its stderr is a pipe. */
export function spawnServer(
  args: readonly string[],
  { port, cwd }: { readonly port: number; readonly cwd?: string | undefined },
): ChildProcess {
  return spawn(process.execPath, [FLIGHTDECK, "server", "--port", String(port), ...args], {
    cwd,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function isHealthy(url: string): Promise<boolean> {
  return (await fetch(`${url}/health`).catch(() => undefined))?.ok === true;
}

/** A metric that is written through one server, and the steps that the server acknowledged. */
export type Written = {
  readonly url: string;
  readonly runId: string;
  readonly key: string;
  readonly steps: number[];
};

/** Logs points until aborted, or until the server stops responding, and records each acknowledged one. */
export async function writePoints({ url, runId, key, steps }: Written, signal?: AbortSignal): Promise<void> {
  for (let step = 0; ; step++) {
    if (signal?.aborted) return;
    const response = await fetch(`${url}/api/2.0/mlflow/runs/log-metric`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ run_id: runId, key, value: step, timestamp: Date.now(), step }),
    }).catch(() => undefined);
    if (response === undefined) return;
    if (response.status !== 200) throw new TypeError(`log-metric returned ${response.status}`);
    steps.push(step);
  }
}

/** The acknowledged steps that are not in the metric's history. */
export async function lostSteps(client: MlflowClient, { runId, key, steps }: Written): Promise<number[]> {
  const found = new Set<number>();
  for await (const point of client.getMetricHistoryAll({ runId, metricKey: key })) found.add(point.step);
  return steps.filter((step) => !found.has(step));
}
