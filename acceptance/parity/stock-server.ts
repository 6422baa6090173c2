import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sleep } from "@flightdeck/core";
import { freePort } from "@flightdeck/testkit";

export type StockServer = {
  readonly url: string;
  /** Stops it and removes its data. */
  close(): Promise<void>;
};

/** The stock server takes about 20 s to start on an idle machine, because it first creates a database. */
const START_MS_MAX = 120_000;

/** Starts MLflow's own server on an empty SQLite database. `python` is an interpreter with mlflow installed. */
export async function startStockServer(python: string): Promise<StockServer> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-stock-"));
  const port = await freePort();
  const child = spawn(join(dirname(python), "mlflow"), serverArguments(folder, port), {
    cwd: folder,
    detached: true, // Its workers are child processes, which are ended with the group.
    stdio: "ignore",
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: "true", MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" },
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const server = {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
  await untilAnswers(server, child);
  return server;
}

function serverArguments(folder: string, port: number): string[] {
  const options = {
    "--port": String(port),
    "--workers": "1",
    "--backend-store-uri": `sqlite:///${join(folder, "mlflow.db")}`,
    "--artifacts-destination": join(folder, "artifacts"),
  };
  return ["server", ...Object.entries(options).flat()];
}

async function untilAnswers(server: StockServer, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`${server.url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  await server.close();
  throw new TypeError(`the stock server did not start; exit code ${child.exitCode}`);
}
