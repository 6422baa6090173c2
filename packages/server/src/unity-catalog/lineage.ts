import type { Lineage, LineageDirection, LineageEntityWire, Tag } from "@flightdeck/protocol";
import type { ModelVersionKey, RegistryStore } from "@flightdeck/store";
import { BOUNDS } from "../bounds.ts";

/** Tags that tell who has made or used a version: `flightdeck.lineage.downstream.job.123`. */
const PREFIX = "flightdeck.lineage.";

/**
 * What a client says of who made or uses a version, as tags: one for each job, notebook, pipeline and table, so that
 * whoever tells it twice changes nothing. A client that runs in none of them has nothing to say.
 */
export function lineageTags({ entities, securables }: Lineage, direction: LineageDirection): readonly Tag[] {
  const named = [
    ...entities.flatMap(factsOf),
    ...securables.map(({ table }) => ["table", table?.name, table] as const),
  ];
  const tags = named.flatMap(([kind, id, facts]): Tag[] => {
    if (facts === undefined || id === undefined || id === "") return [];
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ""));
    return [{ key: `${PREFIX}${direction.toLowerCase()}.${kind}.${id}`, value: JSON.stringify(given) }];
  });
  return tags.slice(0, BOUNDS.lineageTagsMax);
}

/** Adds lineage to a version, up to a bound. */
export async function recordLineage(
  registry: RegistryStore,
  key: ModelVersionKey,
  told: readonly Tag[],
): Promise<void> {
  const { tags } = await registry.getModelVersion(key);
  const known = new Set(tags.map((tag) => tag.key).filter((tag) => tag.startsWith(PREFIX)));
  const added = told.filter((tag) => !known.has(tag.key)).slice(0, BOUNDS.lineageTagsMax - known.size);
  for (const tag of added) await registry.setModelVersionTag(key, tag);
}

type Fact = readonly [kind: string, id: string | undefined, facts: object | undefined];

function factsOf({ job, notebook, pipeline }: LineageEntityWire): readonly Fact[] {
  return [
    ["job", job?.id, job],
    ["notebook", notebook?.id, notebook],
    ["pipeline", pipeline?.pipeline_id, pipeline],
  ];
}
