import { AppError, newId } from "@flightdeck/core";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCommand } from "../../command/build-command.ts";
import type { SparkJob } from "../../project/project.ts";
import type { ProjectJob } from "../project-backend.ts";
import type { ClusterRequest } from "./cluster-request.ts";
import { projectFolder, unpackCommands } from "./job-script.ts";
import type { JobSubmission, JobWorkspace } from "./job-workspace.ts";
import { runName } from "./shell-job.ts";
import { codeFolder, uploadOnce } from "./upload-once.ts";

/** The job that runs one Python file within Spark, with the project around it. Uploads that file. */
export async function sparkJob(
  job: ProjectJob & { readonly workspace: JobWorkspace; readonly sparkJob: SparkJob },
  archive: string,
  cluster: ClusterRequest,
): Promise<JobSubmission> {
  const { file, parameters } = programOf(job);
  const code = await readFile(join(job.project.folder, file), "utf8").catch((cause: unknown) => {
    const message = `databricks_spark_job: ${file} cannot be read in ${job.project.folder}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  });
  const dbfsPath = `${codeFolder(job.run.experimentId)}/${newId()}.py`;
  await uploadText(wrapped(code, job, archive), dbfsPath, job);
  const libraries = job.sparkJob.pythonLibraries.map((name) => ({ pypi: { package: name } }));
  return {
    run_name: runName(job.request.uri),
    new_cluster: cluster.newCluster,
    libraries: [...cluster.libraries, ...libraries],
    spark_python_task: { python_file: `dbfs:${dbfsPath}`, parameters },
  };
}

type Program = { readonly file: string; readonly parameters: readonly string[] };

/** The file that the MLproject names; else that of the entry point's command, whose words are the parameters. */
function programOf({
  sparkJob: { pythonFile, parameters },
  entryPoint,
  ...job
}: ProjectJob & { readonly sparkJob: SparkJob }): Program {
  if (pythonFile !== undefined) return { file: pythonFile, parameters };
  const declared = new Map(job.parameters.declared.map(({ parameter, value }) => [parameter.name, value]));
  const command = buildCommand(entryPoint, { declared, extra: job.parameters.extra });
  const [program, file, ...rest] = command.split(" ");
  if (program === "python" && file !== undefined) return { file, parameters: rest };
  const message = `a Databricks Spark job runs "python FILE …" only, and the command of entry point "${entryPoint.name}" is ${JSON.stringify(command)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The cluster starts the file where it likes, so the file itself brings the project there and tells the run. */
function wrapped(code: string, { run }: ProjectJob, archive: string): string {
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

async function uploadText(
  text: string,
  dbfsPath: string,
  { workspace, control }: ProjectJob & { readonly workspace: JobWorkspace },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-spark-"));
  try {
    const file = join(folder, "job.py");
    await writeFile(file, text);
    await uploadOnce(workspace, { file, dbfsPath, signal: control.signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
