import type { JobRunWire } from "@flightdeck/protocol";
import { maskTokens } from "./mask-tokens.ts";

/** A run's task for reading: without values of its environment, and without tokens. */
export type JobTaskView = {
  readonly kind: string;
  /** The program, or the shell that reads the script. */
  readonly program: string;
  /** A script, or the arguments one a line; empty when there are none. */
  readonly text: string;
  readonly environmentNames: readonly string[];
  readonly libraries: readonly string[];
};

type TaskWire = NonNullable<JobRunWire["task"]>;

/** The one task of a run, in either form of the API; undefined where the server tells of none. */
export function findJobTask({ tasks, task }: Pick<JobRunWire, "tasks" | "task">): TaskWire | undefined {
  return tasks[0] ?? task;
}

export function jobTaskView(run: JobRunWire): JobTaskView {
  const task = findJobTask(run);
  const libraries = (task?.libraries ?? run.cluster_spec?.libraries ?? []).map(libraryText);
  const shell = task?.shell_command_task;
  if (shell !== undefined) {
    const environmentNames = Object.keys(shell.env_vars).toSorted();
    return { kind: "Shell command", ...commandView(shell.command), environmentNames, libraries };
  }
  const python = task?.spark_python_task;
  const parameters = run.overriding_parameters?.python_params ?? python?.parameters ?? [];
  return {
    kind: python === undefined ? "Task" : "Python file",
    program: python?.python_file ?? "–",
    text: maskTokens(parameters.join("\n")),
    environmentNames: [],
    libraries,
  };
}

/** `bash -c SCRIPT` is how MLflow sends a project's commands: the script is what one wants to read. */
function commandView(command: readonly string[]): Pick<JobTaskView, "program" | "text"> {
  const [program = "", flag, script, ...more] = command;
  if (flag === "-c" && script !== undefined && more.length === 0)
    return { program: `${program} -c`, text: maskTokens(script.trim()) };
  return { program: maskTokens(program), text: maskTokens(command.slice(1).join("\n")) };
}

type LibraryWire = TaskWire["libraries"][number];

function libraryText({ pypi, whl, ...others }: LibraryWire): string {
  if (pypi !== undefined) return pypi.package;
  if (whl !== undefined) return whl;
  return Object.keys(others).join(", ");
}
