import type { PathView } from "@flightdeck/compute";
import { AppError } from "@flightdeck/core";
import type { JobTask } from "@flightdeck/protocol";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getDbfsFile } from "./dbfs-file.ts";

export type TaskCommandOptions = {
  readonly dataDir: string;
  readonly view: PathView;
  /** A folder of the task's own. */
  readonly folder: string;
  /** Runs Python files. */
  readonly python: string;
};

/** The command of a task, as it is run in its view. Throws `AppError` for a file that is not there. */
export async function taskCommand(
  task: JobTask,
  options: TaskCommandOptions,
): Promise<readonly [string, ...string[]]> {
  const { view, python } = options;
  if (task.kind === "spark_python") {
    return [python, ...(await pythonFile(task.pythonFile, options)), ...task.parameters.map(view.text)];
  }
  const [program, ...args] = task.command;
  if (program === undefined) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "shell_command_task.command must name a program, got an empty list",
    );
  }
  return [view.text(program), ...args.map(view.text)];
}

/** Runs a copy as if it lay in another folder, whose modules it imports. */
const RUN_COPY =
  "import runpy, sys; sys.path[0] = sys.argv[1]; del sys.argv[:2]; runpy.run_path(sys.argv[0], run_name='__main__')";

/** In DBFS, where the program finds what lies beside it; where its own text has to be rewritten, a copy that is. */
async function pythonFile(
  name: string,
  { dataDir, view, folder }: TaskCommandOptions,
): Promise<readonly string[]> {
  const { path, real } = await getDbfsFile(dataDir, name);
  if (view.kind === "namespace") return [view.path(`/dbfs/${path}`)];
  const text = await readFile(real, "utf8");
  const rewritten = view.text(text);
  if (rewritten === text) return [real];
  const copy = join(folder, "python-file.py");
  await writeFile(copy, rewritten);
  return ["-c", RUN_COPY, dirname(real), copy];
}
