import { parentPort, Worker } from "node:worker_threads";
import { serveTrials } from "./serve-trials.ts";
import { errorToMessage, type FromWorker } from "./worker-messages.ts";

/*
 * The program of a worker thread or child process. Evaluates one trial after another. Started by `thread-worker.ts` and
 * `process-worker.ts`.
 */

/** An uncaught error ends the process; this reports it to the trial first. */
function reportCrash(error: unknown): void {
  process.send?.({ kind: "threw", error: errorToMessage(error) } satisfies FromWorker, () => process.exit(1));
}

if (parentPort === null) {
  process.on("uncaughtException", reportCrash);
  new Worker(new URL("./orphan-watch.ts", import.meta.url)).unref();
  serveTrials({
    post: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on("message", listener),
  });
} else {
  const port = parentPort;
  serveTrials({
    post: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on("message", listener),
  });
}
