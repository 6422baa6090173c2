import { isDatabricksUri } from "@flightdeck/client";
import { quoteForShell } from "@flightdeck/compute";
import { MLFLOW_VERSION } from "@flightdeck/protocol";
import { invalid } from "@flightdeck/core";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { buildCommand } from "../../command/build-command.ts";
import type { SparkJob } from "../../project/project.ts";
import type { CheckedProject, RunReference } from "../project-backend.ts";
import type { ClusterRequest, Library } from "./cluster-request.ts";
import type { JobSubmission } from "./job-workspace.ts";

/**
 * The MLflow release that the cluster installs: the one we test against, as MLflow's client installs its own release. A
 * cluster definition that already lists MLflow as a library keeps its version.
 */
const MLFLOW: Library = { pypi: { package: `mlflow==${MLFLOW_VERSION}` } };

/** Where a cluster keeps projects, in MLflow's layout. */
const ARCHIVES = "/databricks/mlflow/project-tars";

const PROJECTS = "/databricks/mlflow/projects";

/** The single top-level folder in a project's archive. */
export const ARCHIVE_FOLDER = "mlflow-project";

/** A project uploaded to a workspace, and the cluster to run it on. */
type UploadedProject = {
  /** `/dbfs/…/<sha256>.tar.gz`. */
  readonly archive: string;
  readonly cluster: ClusterRequest;
};

type JobScriptOptions = {
  /** `/dbfs/…/<sha256>.tar.gz`. */
  readonly archive: string;
  readonly runId: string;
  readonly entryPoint: string;
  readonly envManager?: string | undefined;
  /** As given, without defaults: the program on the cluster fills those in. */
  readonly parameters: Readonly<Record<string, string>>;
};

/** The job that unpacks a project and runs its entry point on the cluster's driver. */
export function shellJob(
  checked: CheckedProject,
  run: RunReference,
  { archive, cluster }: UploadedProject,
): JobSubmission {
  const { entryPoint, request } = checked;
  const { envManager, parameters } = request;
  const options = { archive, runId: run.runId, entryPoint: entryPoint.name, envManager, parameters };
  const onNode = runsOnNode(checked);
  const script = onNode ? flightdeckJobScript(options) : mlflowJobScript(options);
  return {
    run_name: runName(request.uri),
    new_cluster: cluster.newCluster,
    shell_command_task: {
      command: ["bash", "-c", script],
      env_vars: {
        MLFLOW_TRACKING_URI: trackingUriOnCluster(run.trackingUri),
        MLFLOW_EXPERIMENT_ID: run.experimentId,
      },
    },
    libraries:
      onNode || cluster.libraries.some(isMlflow) ? cluster.libraries : [...cluster.libraries, MLFLOW],
  };
}

function runName(uri: string): string {
  return `MLflow Run for ${uri}`;
}

/** Profiles exist only on this machine; the cluster knows just its own workspace. */
function trackingUriOnCluster(trackingUri: string): string {
  return isDatabricksUri(trackingUri) ? "databricks" : trackingUri;
}

/** Whether the project needs Node, which MLflow cannot run: it declares a `node_env`, or runs Node without any environment. */
function runsOnNode({ project, entryPoint }: CheckedProject): boolean {
  const kind = project.environment?.kind;
  return kind === "node_env" || (kind === undefined && /^(?:node|npm|npx)\s/.test(entryPoint.command));
}

/** Matches `mlflow` with or without a version, and MLflow's git repository, as MLflow's own client does. */
function isMlflow({ pypi }: Library): boolean {
  const name = typeof pypi === "object" && pypi !== null && "package" in pypi ? pypi.package : undefined;
  return typeof name === "string" && /^mlflow\b(?!-)|^git\+https:\/\/github\.com\/[\w-]+\/mlflow/.test(name);
}

/** The script that unpacks a project and runs it with the cluster's MLflow: the same commands that `mlflow run` sends. */
export function mlflowJobScript(options: JobScriptOptions): string {
  const run = JSON.stringify({ _mlflow_local_backend_run_id: options.runId });
  // Python's json.dumps puts a space after the colon.
  const command = [
    "mlflow",
    ...runArguments(options),
    "-c",
    run.replace(":", ": "),
    ...parameterArguments(options),
  ];
  return script(["mlflow --version"], options.archive, command);
}

/** The same with Flightdeck, for projects on Node. On a cluster without Flightdeck it prints so and exits with 127. */
export function flightdeckJobScript(options: JobScriptOptions): string {
  const command = [
    "flightdeck",
    ...runArguments(options),
    "--run-id",
    options.runId,
    ...parameterArguments(options),
  ];
  return script([REQUIRE_FLIGHTDECK, "flightdeck --version"], options.archive, command);
}

/** 127 is the shell's exit code for a missing program. */
const REQUIRE_FLIGHTDECK =
  "{ command -v flightdeck >/dev/null || { echo 'flightdeck: this project runs on Node, but the cluster has no flightdeck on its PATH; install it, for example with an init script' >&2; exit 127; }; }";

/**
 * The commands that copy and unpack a project's archive on the cluster. It is unpacked in a temporary folder and then
 * moved, because only the move is atomic.
 */
function unpackCommands(archive: string): readonly string[] {
  const name = posix.basename(archive);
  return [
    `mkdir -p ${ARCHIVES} ${PROJECTS}`,
    `rsync -a -v --ignore-existing ${archive} ${ARCHIVES}`,
    "cd $(mktemp -d)",
    `tar --no-same-owner -xzvf ${posix.join(ARCHIVES, name)}`,
    `mv -T ${ARCHIVE_FOLDER} ${projectFolder(archive)}`,
  ];
}

/** The project's folder on the cluster. */
function projectFolder(archive: string): string {
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

function parameterArguments({ parameters }: JobScriptOptions): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ["-P", `${name}=${value}`]);
}

type SparkProject = UploadedProject & {
  readonly spark: SparkJob;
  /** Uploads a Python file and gives its path in DBFS. */
  readonly upload: (code: string) => Promise<string>;
};

/** The job that runs one Python file in Spark, from the project's folder. Uploads that file. */
export async function sparkJob(
  checked: CheckedProject,
  run: RunReference,
  { spark, archive, cluster, upload }: SparkProject,
): Promise<JobSubmission> {
  const { folder } = checked.project;
  const { file, parameters } = programOf(spark, checked);
  const code = await readFile(join(folder, file), "utf8").catch((cause: unknown) => {
    const message = `databricks_spark_job: cannot read ${file} in ${folder}`;
    throw invalid(message, { cause });
  });
  const dbfsPath = await upload(withPreamble(code, run, archive));
  const libraries = spark.pythonLibraries.map((name) => ({ pypi: { package: name } }));
  return {
    run_name: runName(checked.request.uri),
    new_cluster: cluster.newCluster,
    libraries: [...cluster.libraries, ...libraries],
    spark_python_task: { python_file: `dbfs:${dbfsPath}`, parameters },
  };
}

type Program = { readonly file: string; readonly parameters: readonly string[] };

/** The file that the MLproject names; otherwise the file and arguments of the entry point's `python FILE …` command. */
function programOf({ pythonFile, parameters }: SparkJob, checked: CheckedProject): Program {
  if (pythonFile !== undefined) return { file: pythonFile, parameters };
  const { entryPoint } = checked;
  const { declared, extra } = checked.parameters;
  const values = new Map(declared.map(({ parameter, value }) => [parameter.name, value]));
  const command = buildCommand(entryPoint, { declared: values, extra });
  const [program, file, ...rest] = command.split(" ");
  if (program === "python" && file !== undefined) return { file, parameters: rest };
  const message = `a Databricks Spark job only runs "python FILE …", but the command of entry point "${entryPoint.name}" is ${JSON.stringify(command)}`;
  throw invalid(message);
}

/** The cluster runs the file alone, so a preamble in it sets the run's variables, unpacks the project and changes into it. */
function withPreamble(code: string, run: RunReference, archive: string): string {
  const variables = Object.entries({
    MLFLOW_TRACKING_URI: "databricks",
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MLFLOW_RUN_ID: run.runId,
  });
  const dictionary = variables.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `
import os
import subprocess
os.environ.update({${dictionary.join(", ")}})

extracting_tar_command = """
${unpackCommands(archive).join(" &&\n")}
"""
subprocess.check_call(extracting_tar_command, shell=True)

os.chdir('${projectFolder(archive)}')
${code}
`;
}
