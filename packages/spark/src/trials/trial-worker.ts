import { AppError } from "@flightdeck/core";
import {
  errorToMessage,
  type FromWorker,
  loadObjective,
  serveTrials,
  type ToWorker,
} from "@flightdeck/hyperopt/worker";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { fromLine, toLine } from "./message-line.ts";

/*
 * The program that runs in a Node process on an executor. `NodeWorker.java` starts it and talks to it in lines of text.
 */

/** Prefix of our own lines. All other output comes from the objective. */
const MARK = process.argv[2] ?? "";
/** Sent by `NodeWorker.java` when the task is cancelled. All other lines come from the search. */
const ABORT = "a";
/** Saved in case the objective replaces `process.stdout.write`. */
const write = process.stdout.write.bind(process.stdout);

/**
 * Evaluates trials with the module that `load` imports. After the mark comes `-` for a message, `?` for one that
 * expects an answer, `!` for the last one of a trial, and `.` at the end of each output stream.
 */
export function serveObjective(load: () => Promise<unknown>): void {
  endWithExecutor();
  process.on("uncaughtException", (error) => {
    const message = { kind: "threw", error: errorToMessage(error) } as const;
    process.stderr.write(`${MARK}.\n`);
    write(`${MARK}.\n${lineOf(message)}`, () => process.exit(1));
  });
  const post = (message: FromWorker): void => void write(lineOf(message));
  serveTrials({ post, onMessage }, (of) => loadObjective(of, load));
}

function lineOf(message: FromWorker): string {
  const isEnd = message.kind === "returned" || message.kind === "threw";
  const word = isEnd ? "!" : message.kind === "ask" ? "?" : "-";
  return `${MARK}${word}${toLine(message)}\n`;
}

function onMessage(listener: (message: ToWorker) => void): void {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", (line) => {
    if (line === ABORT) return listener({ kind: "abort", reason: errorToMessage(CANCELLED) });
    const message = fromLine(line) as ToWorker; // Sent by spark-trials.ts.
    listener(message.kind === "evaluate" ? { ...message, outputEnd: `${MARK}.` } : message);
  });
  lines.on("close", () => process.exit(1));
}

const CANCELLED = new AppError("CANCELLED", "the trial was cancelled");

/**
 * An objective that blocks the event loop would not notice that its input has closed. A separate thread notices when
 * the parent process is gone.
 */
function endWithExecutor(): void {
  const look = "if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')";
  const source = `const parent = ${process.ppid}; setInterval(() => { ${look} }, 200);`;
  new Worker(source, { eval: true }).unref();
}
