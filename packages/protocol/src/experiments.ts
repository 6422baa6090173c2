import { z } from "zod";
import {
  int64,
  repeated,
  type Tag,
  tagSchema,
  type LifecycleStage,
  lifecycleStageSchema,
  empty,
  longText,
  requiredText,
  viewTypeSchema,
  type ViewType,
} from "./forms.ts";
import { LIMITS } from "./limits.ts";
import { USERS_CHANGE, USERS_READ, artifactLocation, experiment, experimentNamed } from "./access.ts";
import { changed, changesExperiment, endpoint } from "./endpoint.ts";
import { experimentId, experimentLocation, experimentName, newName, optional } from "./ids.ts";

/** A named group of runs. */
export type Experiment = {
  readonly experimentId: string;
  readonly name: string;
  /** The root URI of the artifacts of the experiment's runs. */
  readonly artifactLocation: string;
  readonly lifecycleStage: LifecycleStage;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly tags: readonly Tag[];
};

const experimentSchema = z.object({
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.string().default(""),
  lifecycle_stage: lifecycleStageSchema.default("active"),
  creation_time: int64.default(0),
  last_update_time: int64.default(0),
  tags: repeated(tagSchema),
});
/** An experiment in MLflow's REST API (`Experiment` in `mlflow/protos/service.proto`). */
export type ExperimentWire = z.infer<typeof experimentSchema>;

/** Converts an experiment to its wire form. */
export function experimentToWire(experiment: Experiment): ExperimentWire {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.creationTimeMs,
    last_update_time: experiment.lastUpdateTimeMs,
    tags: [...experiment.tags],
  };
}

/** Converts an experiment from its wire form. */
export function experimentFromWire(wire: ExperimentWire): Experiment {
  return {
    experimentId: wire.experiment_id,
    name: wire.name,
    artifactLocation: wire.artifact_location,
    lifecycleStage: wire.lifecycle_stage,
    creationTimeMs: wire.creation_time,
    lastUpdateTimeMs: wire.last_update_time,
    tags: wire.tags,
  };
}

const searchRequest = z.object({
  max_results: int64.optional(),
  page_token: longText.optional(),
  filter: longText.optional(),
  order_by: repeated(longText, LIMITS.requestItemsMax),
  view_type: viewTypeSchema.default("ACTIVE_ONLY"),
});

export const experimentEndpoints = {
  createExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/create",
    access: {
      ...USERS_CHANGE,
      names: ({ artifact_location: uri }) => (uri ? [artifactLocation(uri)] : []),
    },
    creates: "experiment",
    changes: (_request, { experiment_id: id }) => [changed.experiment(id)],
    request: z.object({
      name: newName,
      artifact_location: optional(experimentLocation),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: z.object({ experiment_id: z.string() }),
  }),
  getExperiment: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/get",
    reads: ({ experiment_id: id }) => [experiment(id)],
    request: z.object({ experiment_id: experimentId }),
    response: z.object({ experiment: experimentSchema }),
  }),
  getExperimentByName: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/get-by-name",
    reads: ({ experiment_name: name }) => [experimentNamed(name)],
    request: z.object({ experiment_name: experimentName }),
    response: z.object({ experiment: experimentSchema }),
  }),
  searchExperiments: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/experiments/search",
    access: USERS_READ,
    request: searchRequest,
    response: z.object({ experiments: repeated(experimentSchema), next_page_token: z.string().optional() }),
  }),
  /** Used by mlflow 1.x and databricks-sdk. MLflow 3's own server no longer has it. */
  listExperiments: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/list",
    access: USERS_READ,
    request: z.object({
      max_results: int64.optional(),
      page_token: longText.optional(),
      view_type: viewTypeSchema.default("ACTIVE_ONLY"),
    }),
    response: z.object({ experiments: repeated(experimentSchema), next_page_token: z.string().optional() }),
  }),
  updateExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/update",
    edits: ({ experiment_id: id }) => [experiment(id)],
    isIdempotent: true,
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId, new_name: newName }),
    response: empty,
  }),
  deleteExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/delete",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId }),
    response: empty,
  }),
  restoreExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/restore",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId }),
    response: empty,
  }),
  setExperimentTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/set-experiment-tag",
    edits: ({ experiment_id: id }) => [experiment(id)],
    isIdempotent: true,
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId, ...tagSchema.shape }),
    response: empty,
  }),
  deleteExperimentTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/delete-experiment-tag",
    edits: ({ experiment_id: id }) => [experiment(id)],
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId, key: requiredText }),
    response: empty,
  }),
};

/** Input of `createExperiment`. */
export type CreateExperimentInput = {
  readonly name: string;
  /** By default, the server derives it from its default artifact root. */
  readonly artifactLocation?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** Input of `searchExperiments`. */
export type SearchExperimentsInput = {
  /** Default ACTIVE_ONLY. */
  readonly viewType?: ViewType | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Converts the input of `createExperiment` to its wire form. */
export function createExperimentToWire({ name, artifactLocation, tags = [] }: CreateExperimentInput) {
  return { name, artifact_location: artifactLocation, tags: [...tags] };
}

/** Always sends `max_results`, since MLflow's own server refuses a search without it. */
export function searchExperimentsToWire({
  viewType,
  maxResults = LIMITS.searchExperimentsResultsDefault,
  filter,
  orderBy = [],
  pageToken,
}: SearchExperimentsInput) {
  return {
    view_type: viewType,
    max_results: maxResults,
    filter,
    order_by: [...orderBy],
    page_token: pageToken,
  };
}
