import { type Need, reading } from "../access/access.ts";
import { filesAt, loggedModel, registeredModel, type Resource, run } from "../access/resource.ts";

type NewVersion = {
  readonly name: string;
  readonly source: string;
  readonly run_id?: string | undefined;
  readonly model_id?: string | undefined;
};

/**
 * What a call that makes a version of a registered model names. Whoever may read the version reads the files at its
 * source, so whoever makes it must be able to read them too.
 */
export function versionNeeds(version: NewVersion): readonly (Resource | Need)[] {
  const { name, source, run_id: runId, model_id: modelId } = version;
  return [
    registeredModel(name),
    reading(filesAt(source)),
    ...(runId === undefined ? [] : [reading(run(runId))]),
    ...(modelId === undefined ? [] : [reading(loggedModel(modelId))]),
  ];
}
