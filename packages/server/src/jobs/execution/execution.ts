import type { JobTask, Library } from "@flightdeck/protocol";
import type { TaskSpark } from "../cluster-sparks.ts";

/** One run of a task. */
export type Execution = {
  readonly jobRunId: number;
  readonly task: JobTask;
  readonly libraries: readonly Library[];
  /** The cluster's `spark_env_vars`. The task's own variables override them. */
  readonly sparkEnvVars: Readonly<Record<string, string>>;
  /** The Spark of the cluster's workers. */
  readonly spark?: TaskSpark | undefined;
  /** The token with which the task calls this server. */
  readonly token: string;
};

type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Identifies a started task. Stored in the database; only the executor interprets it. */
export type ExecutionHandle = Readonly<Record<string, JsonValue>>;

/** How a task ended. `lost` means that the outcome is unknown. */
export type ExecutionEnd =
  | { readonly kind: "exited"; readonly exitCode: number; readonly lastLines: readonly string[] }
  | { readonly kind: "lost"; readonly reason: string };

/** A piece of a task's output. */
export type LogChunk = {
  readonly text: string;
  /** Where the next piece begins, in bytes. */
  readonly nextOffset: number;
  /** The size of the output so far, in bytes. */
  readonly size: number;
};
