import { AppError, isAppError, sleep } from "@flightdeck/core";
import { type ProcessExit, runProcess } from "@flightdeck/compute";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeMessage, MessageReader } from "./messages.ts";
import { PythonWorker } from "./python-worker.ts";

/** How to start a model's process. */
export type PythonCommand = {
  /** The interpreter of the model's environment. */
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly modelFolder: string;
  /** Receives what the model prints, including line breaks. */
  readonly onOutput: (chunk: Uint8Array) => void;
};

/** A model has no state to save, so one that ignores SIGINT is killed soon. */
const KILL_GRACE_MS = 2_000;
/** The process only has to exit, but may be in the middle of an import. */
const CLOSE_MS_MAX = 2_000;
/** A worker's last output may still be in the pipe when its connection closes. */
const LAST_WORDS_MS = 100;
/** Enough for the end of a stack trace. */
const LAST_CHARS_MAX = 4_096;
const LAST_LINES_MAX = 20;
/** Unbuffered, so that the workers' output arrives immediately. Telemetry threads would not survive the fork. */
const OUR_VARIABLES = { PYTHONUNBUFFERED: "1", MLFLOW_DISABLE_TELEMETRY: "true" } as const;

/**
 * The process that imports a model's libraries once and forks workers on request. Workers connect through a Unix socket
 * in a folder that only our user can access.
 */
export class PythonHost {
  readonly #server: Server;
  readonly #folder: string;
  readonly #ended: Promise<ProcessExit>;
  readonly #stop = new AbortController();
  readonly #expected = new Map<number, (worker: PythonWorker) => void>();
  readonly #orders = Promise.withResolvers<Socket>();
  #lastNumber = 0;
  #hasEnded = false;
  /** The tail of the output of the process and its workers. */
  #lastOutput = "";

  private constructor(command: PythonCommand, folder: string) {
    this.#folder = folder;
    this.#server = createServer((socket) => this.#greet(socket));
    const path = join(folder, "socket");
    this.#server.listen(path);
    const program = fileURLToPath(new URL("serve_model.py", import.meta.url));
    this.#ended = runProcess({
      argv: [command.python, program, command.modelFolder, path],
      env: { ...command.env, ...OUR_VARIABLES },
      signal: this.#stop.signal,
      killGraceMs: KILL_GRACE_MS,
      onOutput: ({ chunk }) => {
        this.#lastOutput = (this.#lastOutput + Buffer.from(chunk).toString()).slice(-LAST_CHARS_MAX);
        command.onOutput(chunk);
      },
    });
    void this.#ended.catch(() => undefined).then(() => (this.#hasEnded = true));
    this.#orders.promise.catch(() => undefined); // Callers of `fork` see the error.
    this.#ended.then(
      ({ lastLines }) => this.#orders.reject(endedEarly(lastLines)),
      (error: unknown) => this.#orders.reject(error),
    );
  }

  static async start(command: PythonCommand): Promise<PythonHost> {
    const host = new PythonHost(command, await mkdtemp(join(tmpdir(), "flightdeck-worker-")));
    await once(host.#server, "listening");
    return host;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Starts a worker and waits until it has loaded the model. Throws `INVALID_STATE` with a one-line reason if it
   * cannot, or if its process exits first.
   */
  async fork(): Promise<PythonWorker> {
    const orders = await this.#orders.promise;
    const number = ++this.#lastNumber;
    const connected = new Promise<PythonWorker>((resolve) => this.#expected.set(number, resolve));
    orders.write(encodeMessage({ worker: number }, []));
    const died = this.#ended.then(({ lastLines }) => Promise.reject(endedEarly(lastLines)));
    const worker = await Promise.race([connected, died]);
    try {
      await worker.loaded();
      return worker;
    } catch (error) {
      if (!isAppError(error, "TEMPORARILY_UNAVAILABLE")) throw error;
      await sleep(LAST_WORDS_MS);
      throw endedEarly(this.#lastOutput.split("\n").slice(-LAST_LINES_MAX));
    }
  }

  /** Stops the process and any remaining workers. Waits up to `closeMs` for it to exit. */
  async close(closeMs: number = CLOSE_MS_MAX): Promise<void> {
    const nobody = Promise.resolve(undefined);
    const orders = await Promise.race([this.#orders.promise, nobody]).catch(() => undefined);
    orders?.end();
    const timer = setTimeout(() => this.#stop.abort(), orders === undefined ? 0 : closeMs);
    await this.#ended.catch(() => undefined); // Either way, it has exited.
    clearTimeout(timer);
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The first message says who is connecting: the process itself or a worker. */
  #greet(socket: Socket): void {
    socket.on("error", () => undefined); // A close event follows.
    const reader = new MessageReader((message) => {
      const { worker } = message.head;
      if (typeof worker !== "number") return this.#orders.resolve(socket);
      this.#expected.get(worker)?.(new PythonWorker(socket, reader));
      this.#expected.delete(worker);
    });
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
  }
}

function endedEarly(lastLines: readonly string[]): AppError {
  const last = lastLines.findLast((line) => line.trim() !== "");
  const said = last === undefined ? "" : `; its last output: ${last}`;
  return new AppError("INVALID_STATE", `the model's process ended${said}`, { details: { lastLines } });
}
