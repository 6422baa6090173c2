import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sleep } from "@flightdeck/core";
import { startTestSpark, type TestSpark, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";

const TRIALS = 40;
/** When to inject the fault: during a trial, after some have finished. */
const FAULT_AFTER_TRIALS = 6;
const CUT_MS = 10_000;

export const title = "Faults in a search of 40 trials of a second on two workers";

type Outcome = { readonly finished: number; readonly twice: number; readonly note: string };
type Fault = { readonly name: string; readonly strike: (search: SearchUnderWay) => Promise<string> };

type SearchUnderWay = {
  readonly spark: TestSpark;
  readonly driver: ChildProcess;
  readonly proxy: Proxy;
};

const FAULTS: readonly Fault[] = [
  { name: "none", strike: async () => "" },
  {
    name: "an executor is killed",
    strike: async ({ spark }) => await killJava(spark, "CoarseGrainedExecutorBackend"),
  },
  { name: "a worker is killed", strike: async ({ spark }) => await killJava(spark, "deploy.worker.Worker") },
  {
    name: "the connection is cut for 10 s",
    strike: async ({ proxy }) => {
      proxy.cut();
      await sleep(CUT_MS);
      proxy.mend();
      return "";
    },
  },
  {
    name: "the one that searches is killed, and resumes",
    strike: async ({ driver }) => {
      driver.kill("SIGKILL");
      await once(driver, "exit");
      return "resumed from trialsSaveFile";
    },
  },
  {
    name: "Ctrl-C",
    strike: async ({ driver, spark }) => {
      driver.kill("SIGINT");
      await sleep(1_000);
      return `Node processes of trials after 1 s: ${(await pidsOf(spark.folder, "main.mjs")).length}`;
    },
  },
];

/** Injects each fault into a separate search on one cluster; a killed worker stays dead. */
export async function measure(): Promise<BenchTable> {
  const spark = valueOf(await startTestSpark());
  const rows: (string | number)[][] = [];
  try {
    for (const fault of FAULTS) {
      const beganMs = performance.now();
      const { finished, twice, note } = await strike(spark, fault);
      rows.push([fault.name, finished, twice, (performance.now() - beganMs) / 1000, note]);
    }
  } finally {
    await spark.stop();
  }
  return {
    columns: ["fault", "results", "results given twice", "s", ""],
    rows,
    notes: [`${TRIALS} trials of 1 s, two at a time; the fault strikes after ${FAULT_AFTER_TRIALS} of them.`],
  };
}

async function strike(spark: TestSpark, fault: Fault): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-faults-"));
  const proxy = await Proxy.before(spark.remote);
  const file = join(folder, "trials.jsonl");
  try {
    const driver = startDriver(proxy.remote, file);
    const done: number[] = [];
    let note = "";
    for await (const line of linesOf(driver)) {
      done.push(Number(line));
      if (done.length === FAULT_AFTER_TRIALS) note = await fault.strike({ spark, driver, proxy });
    }
    if (driver.signalCode === "SIGKILL")
      for await (const line of linesOf(startDriver(proxy.remote, file))) done.push(Number(line));
    const finished = new Set(done);
    return { finished: finished.size, twice: done.length - finished.size, note };
  } finally {
    proxy.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a search in a separate process that prints the number of each trial with a result. */
function startDriver(remote: string, file: string): ChildProcess {
  const program = fileURLToPath(new URL("./driver.ts", import.meta.url));
  return spawn(process.execPath, [program, file, String(TRIALS)], {
    env: { ...process.env, SPARK_REMOTE: remote },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function linesOf({ stdout }: ChildProcess): AsyncIterable<string> {
  return createInterface({ input: stdout as NonNullable<typeof stdout> }); // Piped.
}

async function killJava(spark: TestSpark, name: string): Promise<string> {
  const [pid] = await pidsOf(spark.folder, name);
  if (pid === undefined) return `no ${name} was there`;
  process.kill(pid, "SIGKILL");
  return "";
}

/** The processes that run in a cluster's folder and have `text` in their command line. */
async function pidsOf(folder: string, text: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      const command = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
      return (
        cwd.startsWith(folder) && command.includes("java") === (text !== "main.mjs") && command.includes(text)
      );
    }),
  );
  return pids.filter((_, index) => found[index]).map(Number);
}

/** A proxy between the search and the Connect server that can cut the connection. */
class Proxy {
  readonly remote: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(remote: string, server: Server, target: number) {
    this.remote = remote;
    this.#server = server;
    server.on("connection", (near) => {
      if (this.#isCut) return void near.destroy();
      const far = connect(target, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => this.#sockets.delete(one));
        one.pipe(other);
      }
    });
  }

  static async before(remote: string): Promise<Proxy> {
    const [, port = "", rest = ""] = /:(\d+)(\/.*)$/.exec(remote) ?? [];
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const own = typeof address === "object" && address !== null ? address.port : 0;
    return new Proxy(`sc://127.0.0.1:${own}${rest}`, server, Number(port));
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
