import type { Tag } from "@flightdeck/protocol";

/** The value of a tag; undefined when the entity does not carry it. */
export function findTagValue(tags: readonly Tag[], key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}

/** Tags that people set; MLflow's own have their place elsewhere on the page. */
export function userTags(tags: readonly Tag[]): readonly Tag[] {
  return tags.filter(({ key }) => !key.startsWith("mlflow."));
}
