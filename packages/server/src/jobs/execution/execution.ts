import type { JobTask, Library } from "@flightdeck/protocol";

/** One run of a task. */
export type Execution = {
  readonly runId: number;
  readonly task: JobTask;
  readonly libraries: readonly Library[];
  /** The cluster's `spark_env_vars`: the task's environment, before its own variables. */
  readonly sparkEnvVars: Readonly<Record<string, string>>;
  /** By which the task reaches this server. */
  readonly token: string;
};

type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Where a started task is found again: kept in the database, understood by the executor alone. */
export type ExecutionHandle = Readonly<Record<string, JsonValue>>;

/** How a task ended. `lost`: nobody can know any more. */
export type ExecutionEnd =
  | { readonly kind: "exited"; readonly exitCode: number; readonly lastLines: readonly string[] }
  | { readonly kind: "lost"; readonly reason: string };

/** A piece of what a task wrote. */
export type LogChunk = {
  readonly text: string;
  /** In bytes: where the next piece begins. */
  readonly nextOffset: number;
  /** Bytes that there are so far. */
  readonly size: number;
};
