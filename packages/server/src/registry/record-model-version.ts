import { type ModelVersion, SYSTEM_TAGS } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";

/**
 * Adds a version to the tag by which a logged model tells where it is registered: JSON text, a list of
 * `{name, version}`, the version a number, as MLflow's server writes it.
 */
export async function recordModelVersion(
  store: Store,
  modelId: string,
  version: ModelVersion,
): Promise<void> {
  const { tags } = await store.tracking.getLoggedModel(modelId);
  const known = parseList(tags.find(({ key }) => key === SYSTEM_TAGS.modelVersions)?.value);
  const value = JSON.stringify([...known, { name: version.name, version: Number(version.version) }]);
  await store.tracking.setLoggedModelTags(modelId, [{ key: SYSTEM_TAGS.modelVersions, value }]);
}

/** Clients write the tag too; what is no list is replaced. */
function parseList(text: string | undefined): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
