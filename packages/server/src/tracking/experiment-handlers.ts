import { EXPERIMENT_FOLDERS, parseArtifactUri } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { datasetSummaryToWire, experimentToWire } from "@flightdeck/protocol";
import type { Handlers } from "../calls/handler.ts";
import type { ClientFacts } from "../http/read-request.ts";
import { FOREIGN_SCHEMES } from "../storage/served-artifacts.ts";

type ExperimentHandlers = Pick<
  Handlers,
  | "createExperiment"
  | "getExperiment"
  | "getExperimentByName"
  | "searchExperiments"
  | "listExperiments"
  | "updateExperiment"
  | "deleteExperiment"
  | "restoreExperiment"
  | "setExperimentTag"
  | "deleteExperimentTag"
  | "searchDatasets"
>;

export function experimentHandlers({
  workspaceRoot,
}: {
  readonly workspaceRoot: WorkspaceArtifactRoot;
}): ExperimentHandlers {
  return {
    createExperiment: async ({ name, artifact_location: artifactLocation, tags }, { client, store }) => {
      if (artifactLocation !== undefined) checkArtifactLocation(artifactLocation);
      const place = artifactPlaceOf({ artifactLocation, client, workspaceRoot });
      return { experiment_id: await store.tracking.createExperiment({ name, tags, ...place }) };
    },
    getExperiment: async (request, { store }) => {
      return { experiment: experimentToWire(await store.tracking.getExperiment(request.experiment_id)) };
    },
    getExperimentByName: async ({ experiment_name: name }, { store }) => {
      const experiment = await store.tracking.findExperimentByName(name);
      if (experiment !== undefined) return { experiment: experimentToWire(experiment) };
      throw new AppError("RESOURCE_DOES_NOT_EXIST", `Could not find experiment with name '${name}'`);
    },
    searchExperiments: async (request, { store }) => {
      const page = await store.tracking.searchExperiments({
        viewType: request.view_type,
        orderBy: request.order_by,
        filter: request.filter,
        maxResults: request.max_results,
        pageToken: request.page_token,
      });
      return { experiments: page.items.map(experimentToWire), next_page_token: page.nextPageToken };
    },
    listExperiments: async (request, { store }) => {
      const page = await store.tracking.searchExperiments({
        viewType: request.view_type,
        maxResults: request.max_results,
        pageToken: request.page_token,
      });
      return { experiments: page.items.map(experimentToWire), next_page_token: page.nextPageToken };
    },
    updateExperiment: async ({ experiment_id: experimentId, new_name: newName }, { store }) => {
      if (newName !== undefined) await store.tracking.renameExperiment(experimentId, newName);
      return {};
    },
    deleteExperiment: async (request, { store }) => {
      await store.tracking.deleteExperiment(request.experiment_id);
      return {};
    },
    restoreExperiment: async (request, { store }) => {
      await store.tracking.restoreExperiment(request.experiment_id);
      return {};
    },
    setExperimentTag: async ({ experiment_id: experimentId, key, value }, { store }) => {
      await store.tracking.setExperimentTag(experimentId, { key, value });
      return {};
    },
    deleteExperimentTag: async ({ experiment_id: experimentId, key }, { store }) => {
      await store.tracking.deleteExperimentTag(experimentId, key);
      return {};
    },
    searchDatasets: async ({ experiment_ids: experimentIds }, { store }) => {
      const summaries = await store.tracking.searchDatasets(experimentIds);
      return { dataset_summaries: summaries.map(datasetSummaryToWire) };
    },
  };
}

/** Refuses an artifact location that cannot hold artifacts. */
export function checkArtifactLocation(location: string): void {
  if (/[#;]/.test(location)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "'artifact_location' URL can't include fragments or params.",
    );
  }
  const uri = parseArtifactUri(location);
  if (uri.kind === "runs" || uri.kind === "models") {
    const message = `Artifact location cannot be a ${uri.kind}:/ URI. Given: '${location}'`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (uri.kind === "other" && !FOREIGN_SCHEMES.includes(uri.scheme)) {
    const allowed = ["mlflow-artifacts", "file", "http", "https", "s3", "dbfs", ...FOREIGN_SCHEMES].join(
      ", ",
    );
    const message = `artifact_location has the scheme '${uri.scheme}', but must have one of ${allowed}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
}

/**
 * Where experiments of a workspace may keep artifacts; the first is the default. Below `mlflow`, all clients (MLflow 1.x,
 * 2.x and 3.x) use DBFS. Below `mlflow-tracking`, 1.x and 2.x ask for signed URLs and 3.x uses the Files API, which also
 * sends large files in parts.
 */
const WORKSPACE_ARTIFACT_ROOTS = EXPERIMENT_FOLDERS.map((folder) => `dbfs:/${folder}` as const);
export type WorkspaceArtifactRoot = `dbfs:/${(typeof EXPERIMENT_FOLDERS)[number]}`;

/** Parses the name of a root; without a name, the default. Throws `INVALID_PARAMETER_VALUE` for any other name. */
export function workspaceArtifactRoot(
  name: string = `dbfs:/${EXPERIMENT_FOLDERS[0]}`,
): WorkspaceArtifactRoot {
  const known = WORKSPACE_ARTIFACT_ROOTS.find((root) => root === name);
  if (known !== undefined) return known;
  const message = `the workspace's artifact root must be ${WORKSPACE_ARTIFACT_ROOTS.join(" or ")}, got '${name}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

export type NewExperiment = {
  readonly artifactLocation: string | undefined;
  readonly client: ClientFacts;
  /** The root that the operator chose. */
  readonly workspaceRoot: WorkspaceArtifactRoot;
};

/**
 * Where a new experiment keeps its artifacts. A location that equals one of the two roots means a folder of its own below
 * it. Clients of a workspace can reach only these roots.
 */
export function artifactPlaceOf({ artifactLocation = "", client, workspaceRoot }: NewExperiment): {
  readonly artifactLocation?: string | undefined;
  readonly artifactRoot?: string | undefined;
} {
  const location = artifactLocation.replace(/(?<!\/)\/+$/, "");
  const named = WORKSPACE_ARTIFACT_ROOTS.find((root) => root === location);
  if (named !== undefined) return { artifactRoot: named };
  if (artifactLocation !== "") return { artifactLocation };
  return client.speaksDatabricks ? { artifactRoot: workspaceRoot } : {};
}
