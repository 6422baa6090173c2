/* The protocol between an executor that runs trials in separate programs and those programs. */

export { loadObjective } from "./executor.ts";
export { serveTrials } from "./serve-trials.ts";
export { LastWords, requireModule, sendPoint } from "./worker-failures.ts";
export {
  errorFromMessage,
  type ErrorMessage,
  errorToMessage,
  type FromWorker,
  type ToWorker,
  type WorkerPort,
} from "./worker-messages.ts";
