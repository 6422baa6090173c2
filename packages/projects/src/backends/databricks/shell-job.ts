import { isDatabricksUri } from "@flightdeck/client";
import type { ProjectJob } from "../project-backend.ts";
import type { ClusterRequest, Library } from "./cluster-request.ts";
import { flightdeckJobScript, mlflowJobScript } from "./job-script.ts";
import type { JobSubmission } from "./job-workspace.ts";

/**
 * The release of MLflow that a cluster installs: the one that this client is tested against. MLflow's own client names its
 * own. A cluster definition whose libraries name an MLflow keeps that one.
 */
const MLFLOW: Library = { pypi: { package: "mlflow==3.17.2" } };

/** The job that unpacks a project and runs its entry point on the cluster's driver. */
export function shellJob(job: ProjectJob, archive: string, cluster: ClusterRequest): JobSubmission {
  const { run, request } = job;
  const { envManager, parameters } = request;
  const options = { archive, runId: run.runId, entryPoint: job.entryPoint.name, envManager, parameters };
  const onNode = runsOnNode(job);
  const script = onNode ? flightdeckJobScript(options) : mlflowJobScript(options);
  return {
    run_name: runName(request.uri),
    new_cluster: cluster.newCluster,
    shell_command_task: {
      command: ["bash", "-c", script],
      env_vars: {
        MLFLOW_TRACKING_URI: trackingUriThere(run.trackingUri),
        MLFLOW_EXPERIMENT_ID: run.experimentId,
      },
    },
    libraries:
      onNode || cluster.libraries.some(isMlflow) ? cluster.libraries : [...cluster.libraries, MLFLOW],
  };
}

export function runName(uri: string): string {
  return `MLflow Run for ${uri}`;
}

/** A profile is of this machine; on the cluster there is one workspace only. */
function trackingUriThere(trackingUri: string): string {
  return isDatabricksUri(trackingUri) ? "databricks" : trackingUri;
}

/** What MLflow cannot run: an environment of Node, or a program of Node without an environment of Python. */
function runsOnNode({ project, entryPoint }: ProjectJob): boolean {
  const kind = project.environment?.kind;
  return kind === "node_env" || (kind === undefined && /^(?:node|npm|npx)\s/.test(entryPoint.command));
}

/** `mlflow`, with or without a version, and MLflow from its repository, as MLflow's own client knows it. */
function isMlflow({ pypi }: Library): boolean {
  const name = typeof pypi === "object" && pypi !== null && "package" in pypi ? pypi.package : undefined;
  return typeof name === "string" && /^mlflow\b(?!-)|^git\+https:\/\/github\.com\/[\w-]+\/mlflow/.test(name);
}
