import type { ModelReference } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { ModelVersion } from "@flightdeck/protocol";
import type { RegistryStore } from "@flightdeck/store";

/** The version that a `models:` URI names by number, alias or stage. */
export async function getReferencedVersion(
  registry: RegistryStore,
  reference: Exclude<ModelReference, { readonly by: "id" }>,
): Promise<ModelVersion> {
  const { name } = reference;
  if (reference.by === "version") return registry.getModelVersion({ name, version: reference.version });
  if (reference.by === "alias") return registry.getModelVersionByAlias(name, reference.alias);
  const anyStage = reference.stage.toLowerCase() === "latest";
  const versions = await registry.getLatestVersions(name, anyStage ? [] : [reference.stage]);
  const newest = versions.toSorted((a, b) => Number(a.version) - Number(b.version)).at(-1);
  if (newest !== undefined) return newest;
  const message = `No versions of model with name '${name}' and stage '${reference.stage}' found`;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", message);
}
