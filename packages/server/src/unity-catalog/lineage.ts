import type { LineageEntityWire, LineageInfoWire, Tag } from "@flightdeck/protocol";
import type { ModelVersionKey, RegistryStore } from "@flightdeck/store";
import { BOUNDS } from "../bounds.ts";

/** Tags that tell who has made or used a version: `flightdeck.lineage.downstream.job.123`. */
const PREFIX = "flightdeck.lineage.";

/**
 * Writes down, as tags of the version, what its user says of itself: one tag for each job, notebook and pipeline, up to
 * a bound, so that whoever tells it twice changes nothing. A client that runs in none of them has nothing to say.
 */
export async function recordLineage(
  registry: RegistryStore,
  key: ModelVersionKey,
  { entities, direction }: LineageInfoWire,
): Promise<void> {
  const { tags } = await registry.getModelVersion(key);
  const known = new Set(tags.map((tag) => tag.key).filter((tag) => tag.startsWith(PREFIX)));
  const told = entities.flatMap((entity) => tagsOf(entity, direction));
  const added = told.filter((tag) => !known.has(tag.key)).slice(0, BOUNDS.lineageTagsMax - known.size);
  for (const tag of added) await registry.setModelVersionTag(key, tag);
}

function tagsOf({ job, notebook, pipeline }: LineageEntityWire, direction: string): Tag[] {
  const named = [
    { kind: "job", id: job?.id, facts: job },
    { kind: "notebook", id: notebook?.id, facts: notebook },
    { kind: "pipeline", id: pipeline?.pipeline_id, facts: pipeline },
  ];
  return named.flatMap(({ kind, id, facts }) => {
    if (facts === undefined || id === undefined || id === "") return [];
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ""));
    return [{ key: `${PREFIX}${direction.toLowerCase()}.${kind}.${id}`, value: JSON.stringify(given) }];
  });
}
