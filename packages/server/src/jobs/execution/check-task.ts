import { defineLibraries } from "@flightdeck/environments";
import type { JobTask, Library } from "@flightdeck/protocol";
import { parseTaskFile } from "./dbfs-file.ts";
import { checkedVariables, type Variables } from "./job-variables.ts";

export type CheckTaskInput = {
  readonly task: JobTask;
  readonly libraries: readonly Library[];
  readonly sparkEnvVars: Variables;
};

/** Throws `INVALID_PARAMETER_VALUE` for what no task can be started with, whatever is in DBFS by then. */
export function checkTask({ task, libraries, sparkEnvVars }: CheckTaskInput): void {
  checkedVariables(sparkEnvVars);
  if (task.kind === "shell_command") checkedVariables(task.envVars);
  else parseTaskFile(task.pythonFile);
  const named = libraries.flatMap((each) => ("pypi" in each ? [each.pypi] : []));
  defineLibraries(named.map(({ package: requirement, repo }) => ({ requirement, indexUrl: repo })));
}
