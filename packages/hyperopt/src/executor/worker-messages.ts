import { AppError, ERROR_CODES, isAppError, messageOf } from "@flightdeck/core";

/** The child process's file descriptor of the pipe that closes when the parent process ends. */
export const WATCH_FD = 4;

/** Messages to a worker, which runs one evaluation at a time. */
export type ToWorker =
  | {
      readonly kind: "evaluate";
      readonly trialId: number;
      readonly value: unknown;
      readonly module: string;
      readonly exportName: string;
      readonly isTracked: boolean;
      /** A unique line that marks the end of this evaluation in each output stream. */
      readonly outputEnd: string;
    }
  /** The trial's signal has fired. */
  | { readonly kind: "abort"; readonly reason: ErrorMessage }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown };

/** Messages from a worker about its current evaluation. */
export type FromWorker =
  | { readonly kind: "log"; readonly message: string }
  | { readonly kind: "report"; readonly value: number; readonly step: number }
  | { readonly kind: "ask"; readonly id: number; readonly question: "shouldPrune" | "runId" }
  | { readonly kind: "returned"; readonly result: unknown }
  | { readonly kind: "threw"; readonly error: ErrorMessage };

/** A worker's end of the connection to its executor, whatever the transport. */
export type WorkerPort = {
  /** Throws if the message cannot be cloned. */
  post(message: FromWorker): void;
  onMessage(listener: (message: ToWorker) => void): void;
};

/** An error serialized for another process, reduced to the fields that people and programs look at. */
export type ErrorMessage = {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Only for an `AppError`. */
  readonly code: string | undefined;
  readonly exception: string | undefined;
};

/** Serializes an error, or any other thrown value. */
export function errorToMessage(error: unknown): ErrorMessage {
  const isError = error instanceof Error;
  const exception = isAppError(error) ? error.details?.["exception"] : undefined;
  return {
    name: isError ? error.name : typeof error,
    message: messageOf(error),
    stack: isError ? error.stack : undefined,
    code: isAppError(error) ? error.code : undefined,
    exception: typeof exception === "string" ? exception : undefined,
  };
}

/** Restores an error: an `AppError` if one was sent, else an `Error` with the same name. */
export function errorFromMessage({ name, message, stack, code, exception }: ErrorMessage): Error {
  const known = ERROR_CODES.find((candidate) => candidate === code);
  const details = exception === undefined ? {} : { details: { exception } };
  const error =
    known === undefined ? Object.assign(new Error(message), { name }) : new AppError(known, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
