import type { MlflowClient } from "@flightdeck/client";
import { invalid, isAppError } from "@flightdeck/core";
import { LIMITS, type Param, type Run, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { userInfo } from "node:os";
import type { CheckedProject } from "../backends/project-backend.ts";
import type { ResolvedParameters } from "../parameters/resolve-parameters.ts";
import type { GitFacts } from "../source/git.ts";
import type { Recording } from "./prepare-project.ts";

type StartProjectRunOptions = {
  readonly recording: Recording;
  readonly checked: CheckedProject;
  readonly tags: readonly Tag[];
};

/** The default experiment, which every store starts with. */
const DEFAULT_EXPERIMENT_ID = "0";

type TagFacts = {
  readonly folder: string;
  readonly git: GitFacts | undefined;
  /** Set for a project that was fetched. */
  readonly sourceName: string | undefined;
  readonly branch: string | undefined;
  readonly entryPoint: string;
  readonly backend: string;
  /** Undefined for the local environment, for which MLflow sets no tag either. */
  readonly envManager: string | undefined;
  readonly parentRunId: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Starts a project's run: creates one with tags and parameters, or sets the given run to RUNNING without changing its tags
 * and parameters. Parameters are recorded as given: without shell quoting, and a path's URI rather than its local copy.
 */
export async function startProjectRun(
  client: MlflowClient,
  options: StartProjectRunOptions,
): Promise<Run["info"]> {
  const { recording, checked, tags } = options;
  const { runId, runName } = recording;
  if (runId !== undefined) return await client.updateRun({ runId, status: "RUNNING", runName });
  const experimentId = await resolveExperiment(client, recording, checked.env);
  const user = tags.find(({ key }) => key === "mlflow.user")?.value;
  const { info } = await client.createRun({ experimentId, runName, tags, userId: user });
  try {
    await logParams(client, info.runId, paramsOf(checked.parameters));
  } catch (error) {
    await client.updateRun({ runId: info.runId, status: "FAILED", endTimeMs: Date.now() });
    throw error;
  }
  return info;
}

function paramsOf({ declared, extra }: ResolvedParameters): readonly Param[] {
  return [
    ...declared.map(({ parameter, value }) => ({ key: parameter.name, value })),
    ...[...extra].map(([key, value]) => ({ key, value })),
  ];
}

async function logParams(client: MlflowClient, runId: string, params: readonly Param[]): Promise<void> {
  for (let at = 0; at < params.length; at += LIMITS.batchParamsMax) {
    await client.logBatch({ runId, params: params.slice(at, at + LIMITS.batchParamsMax) });
  }
}

/**
 * The id of the requested experiment, else of the one in the environment (`MLFLOW_EXPERIMENT_NAME`, then
 * `MLFLOW_EXPERIMENT_ID`), else the default one. A missing experiment is created by name, as in MLflow; an id must exist.
 */
async function resolveExperiment(
  client: MlflowClient,
  choice: Recording,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { experimentName, experimentId } = choice;
  if (experimentName !== undefined && experimentId !== undefined) {
    throw invalid("specify only one of experiment name and experiment id");
  }
  if (experimentId !== undefined) return await existing(client, experimentId);
  if (experimentName !== undefined) return await byName(client, experimentName);
  const { MLFLOW_EXPERIMENT_NAME: envName, MLFLOW_EXPERIMENT_ID: envId } = env;
  if (envName) return await byName(client, envName);
  return envId ? await existing(client, envId) : DEFAULT_EXPERIMENT_ID;
}

async function existing(client: MlflowClient, experimentId: string): Promise<string> {
  return (await client.getExperiment(experimentId)).experimentId;
}

async function byName(client: MlflowClient, name: string): Promise<string> {
  const found = await client.findExperimentByName(name);
  if (found !== undefined) return found.experimentId;
  try {
    return await client.createExperiment({ name });
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    return (await client.getExperimentByName(name)).experimentId; // Another client created it meanwhile.
  }
}

/**
 * The tags that mark a project's run in MLflow, with the values that its own client sets (`mlflow/projects/utils.py`): the
 * source of a folder in a git repository is the repository and the subdirectory.
 */
export function projectRunTags(facts: TagFacts): readonly Tag[] {
  const { git, sourceName = git === undefined ? facts.folder : sourceNameOf(git) } = facts;
  const tags: Readonly<Record<string, string | undefined>> = {
    [SYSTEM_TAGS.user]: userName(facts.env),
    [SYSTEM_TAGS.sourceName]: sourceName,
    [SYSTEM_TAGS.sourceType]: "PROJECT",
    [SYSTEM_TAGS.projectEntryPoint]: facts.entryPoint,
    [SYSTEM_TAGS.projectBackend]: facts.backend,
    [SYSTEM_TAGS.projectEnv]: facts.envManager,
    [SYSTEM_TAGS.gitCommit]: git?.commit,
    [SYSTEM_TAGS.gitRepoUrl]: git?.repoUrl,
    [SYSTEM_TAGS.gitBranch]: facts.branch,
    [SYSTEM_TAGS.parentRunId]: facts.parentRunId,
  };
  return Object.entries(tags).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

function sourceNameOf({ root, subdirectory }: GitFacts): string {
  return subdirectory === "" ? `file://${root}` : `file://${root}#${subdirectory}`;
}

/** Like Python's getpass: the environment first, then the system's user database, which may not have the user. */
function userName(env: TagFacts["env"]): string {
  const named = [env["LOGNAME"], env["USER"], env["LNAME"], env["USERNAME"]].find(Boolean);
  if (named !== undefined) return named;
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
