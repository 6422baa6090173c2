import { z } from "zod";
import { int64, repeated } from "../scalars.ts";
import { type Tag, tagSchema } from "../tag.ts";
import { type LifecycleStage, lifecycleStageSchema } from "../view-type.ts";

/** A named group of runs. */
export type Experiment = {
  readonly experimentId: string;
  readonly name: string;
  /** Root URI under which the experiment's runs keep their artifacts. */
  readonly artifactLocation: string;
  readonly lifecycleStage: LifecycleStage;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly tags: readonly Tag[];
};

export const experimentSchema = z.object({
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.string().default(""),
  lifecycle_stage: lifecycleStageSchema.default("active"),
  creation_time: int64.default(0),
  last_update_time: int64.default(0),
  tags: repeated(tagSchema),
});
export type ExperimentWire = z.infer<typeof experimentSchema>;

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
