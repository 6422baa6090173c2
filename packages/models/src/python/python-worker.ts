import { AppError } from "@flightdeck/core";
import type { Socket } from "node:net";
import type { ScoreAnswer } from "../model.ts";
import { encodeMessage, type Message, type MessageReader } from "./messages.ts";

/** An invocation to send to a worker. */
export type WorkerRequest = { readonly contentType: string; readonly body: Uint8Array };

/** How long a model may take to finish its current work when it is closed. */
const CLOSE_MS_MAX = 10_000;

/** A model's worker process. Answers one message at a time once `loaded` has resolved. */
export class PythonWorker {
  /** Resolves when the process has exited. Never rejects. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  /** The first message says whether the model is loaded. */
  readonly #first: Promise<Message>;
  #waiting: PromiseWithResolvers<Message> | undefined;
  #pid: number | undefined;
  #isRowwise = false;

  constructor(socket: Socket, reader: MessageReader) {
    const first = Promise.withResolvers<Message>();
    first.promise.catch(() => undefined); // Callers of `loaded` see the error.
    this.#first = first.promise;
    this.#waiting = first;
    this.#socket = socket;
    reader.onMessage = (message) => this.#take(message);
    this.gone = new Promise((resolve) => {
      socket.once("close", () => {
        this.#waiting?.reject(new AppError("TEMPORARILY_UNAVAILABLE", "the model's process ended"));
        resolve();
      });
    });
  }

  /** Whether requests may be batched into one prediction. */
  get isRowwise(): boolean {
    return this.#isRowwise;
  }

  /**
   * Waits until the process has loaded the model. Throws `INVALID_STATE` with the reason if it cannot, and
   * `TEMPORARILY_UNAVAILABLE` if it exits without a reason.
   */
  async loaded(): Promise<void> {
    const { pid, rowwise, failure } = (await this.#first).head;
    if (typeof failure === "string") {
      throw new AppError("INVALID_STATE", `the model cannot be loaded: ${failure}`);
    }
    this.#pid = Number(pid);
    this.#isRowwise = rowwise === true;
  }

  /** Sends requests to the model. Wait for the answer before the next call. Rejects if the process exits first. */
  async call(requests: readonly WorkerRequest[]): Promise<readonly ScoreAnswer[]> {
    const waiting = Promise.withResolvers<Message>();
    this.#waiting = waiting;
    const head = { content_types: requests.map(({ contentType }) => contentType) };
    const bodies = requests.map(({ body }) => body);
    this.#socket.write(encodeMessage(head, bodies));
    const answer = await waiting.promise;
    const { statuses, content_types: contentTypes } = answer.head as unknown as AnswerHead; // Our own program's format.
    return answer.bodies.map((body, i) => ({
      status: statuses[i] ?? 0,
      contentType: contentTypes[i] ?? "",
      body,
    }));
  }

  /** Lets the process finish its current answer; it exits at the end of its input. */
  async close(): Promise<void> {
    this.#socket.end();
    const timer = setTimeout(() => this.kill(), CLOSE_MS_MAX);
    await this.gone;
    clearTimeout(timer);
  }

  /** Kills the process immediately. */
  kill(): void {
    if (this.#pid === undefined) return;
    try {
      process.kill(this.#pid, "SIGKILL");
    } catch {
      // Already exited.
    }
  }

  #take(message: Message): void {
    this.#waiting?.resolve(message);
    this.#waiting = undefined;
  }
}

type AnswerHead = { readonly statuses: readonly number[]; readonly content_types: readonly string[] };
