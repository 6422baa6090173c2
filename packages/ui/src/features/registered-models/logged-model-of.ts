import type { ModelVersion } from "@flightdeck/protocol";

/** The URI by which every MLflow client knows a logged model. */
export function loggedModelUri(modelId: string): string {
  return `models:/${modelId}`;
}

/** The logged model that a version was registered from; undefined for versions of clients before MLflow 3. */
export function loggedModelIdOf({
  modelId,
  source,
}: Pick<ModelVersion, "modelId" | "source">): string | undefined {
  if (modelId !== undefined && modelId !== "") return modelId;
  // MLflow's own server leaves the model out and keeps the source, which names it as a URI or as an artifact folder.
  return /(?:^models:\/|\/models\/)(m-[0-9a-f]{32})(?:\/|$)/.exec(source)?.[1];
}
