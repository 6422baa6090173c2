import type { endpoints, ModelVersion, RegisteredModel, ResponseOf } from "@flightdeck/protocol";

type ModelWire = ResponseOf<typeof endpoints.getUnityCatalogModel>["registered_model"];
type VersionWire = ResponseOf<typeof endpoints.getUnityCatalogVersion>["model_version"];

/** A model does not bring its versions along. */
export function catalogModelFromWire(wire: ModelWire): RegisteredModel {
  return {
    name: wire.name,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    description: wire.description,
    latestVersions: [],
    tags: wire.tags,
    aliases: wire.aliases,
  };
}

export function catalogVersionFromWire(wire: VersionWire): ModelVersion {
  return {
    name: wire.name,
    version: wire.version,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    userId: wire.user_id,
    currentStage: "None",
    description: wire.description,
    source: wire.source,
    runId: wire.run_id,
    runLink: "",
    status: wire.status,
    statusMessage: wire.status_message,
    ...(wire.model_id !== undefined && { modelId: wire.model_id }),
    tags: wire.tags,
    aliases: wire.aliases.map(({ alias }) => alias),
  };
}
