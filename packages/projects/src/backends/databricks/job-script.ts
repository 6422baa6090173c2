import { quoteForShell } from "@flightdeck/compute";
import { posix } from "node:path";

/** Where a cluster keeps projects, as MLflow lays it out. */
const ARCHIVES = "/databricks/mlflow/project-tars";
const PROJECTS = "/databricks/mlflow/projects";
/** The one folder in a project's archive. */
export const ARCHIVE_FOLDER = "mlflow-project";

export type JobScriptOptions = {
  /** `/dbfs/…/<sha256>.tar.gz`. */
  readonly archive: string;
  readonly runId: string;
  readonly entryPoint: string;
  readonly envManager?: string | undefined;
  /** As they were given, without the defaults: the cluster's program knows those. */
  readonly parameters: Readonly<Record<string, string>>;
};

/** The script of a job that unpacks a project and runs it by the cluster's MLflow: command for command that of `mlflow run`. */
export function mlflowJobScript(options: JobScriptOptions): string {
  const run = JSON.stringify({ _mlflow_local_backend_run_id: options.runId });
  // Python's json.dumps puts a space after the colon.
  const command = ["mlflow", ...runArguments(options), "-c", run.replace(":", ": "), ...given(options)];
  return script(["mlflow --version"], options.archive, command);
}

/** The same by Flightdeck, for projects that only it can run. A cluster that has none says so, and ends with 127. */
export function flightdeckJobScript(options: JobScriptOptions): string {
  const command = ["flightdeck", ...runArguments(options), "--run-id", options.runId, ...given(options)];
  return script([REQUIRE_FLIGHTDECK, "flightdeck --version"], options.archive, command);
}

/** 127 is what a shell gives for a program that is not there. */
const REQUIRE_FLIGHTDECK =
  "{ command -v flightdeck >/dev/null || { echo 'flightdeck: this project runs on Node, and the cluster has no flightdeck on its PATH; install it there, by an init script for one' >&2; exit 127; }; }";

/**
 * The commands that bring a project's archive to where it runs. Unpacking is done elsewhere first, since only a move is
 * whole or not at all.
 */
export function unpackCommands(archive: string): readonly string[] {
  const name = posix.basename(archive);
  return [
    `mkdir -p ${ARCHIVES} ${PROJECTS}`,
    `rsync -a -v --ignore-existing ${archive} ${ARCHIVES}`,
    "cd $(mktemp -d)",
    `tar --no-same-owner -xzvf ${posix.join(ARCHIVES, name)}`,
    `mv -T ${ARCHIVE_FOLDER} ${projectFolder(archive)}`,
  ];
}

/** Where a project lies on the cluster. */
export function projectFolder(archive: string): string {
  return posix.join(PROJECTS, posix.basename(archive).replace(/\.tar\.gz$/, ""));
}

function script(first: readonly string[], archive: string, command: readonly string[]): string {
  const path = "export PATH=$PATH:$DB_HOME/python/bin";
  const commands = [path, ...first, ...unpackCommands(archive), command.map(quoteForShell).join(" ")];
  return `\n${commands.join(" &&\n")}\n`;
}

function runArguments({ archive, entryPoint, envManager }: JobScriptOptions): readonly string[] {
  const manager = envManager === undefined ? [] : ["--env-manager", envManager];
  return ["run", projectFolder(archive), "--entry-point", entryPoint, ...manager];
}

function given({ parameters }: JobScriptOptions): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ["-P", `${name}=${value}`]);
}
