import { AppError } from "@flightdeck/core";
import type { Tag } from "../tag.ts";

/** What a call that tags a model or a version asks for. */
export type TagRequest = {
  readonly securable_type: string;
  readonly securable_full_name: string;
  readonly changes: { readonly add_tags: readonly Tag[]; readonly remove: readonly string[] };
};

/** What is done to a tag of a model, or of one of its versions: it is added, or else removed. */
export type TagChange = { readonly name: string } & (
  | { readonly added: Tag; readonly removed?: never }
  | { readonly added?: never; readonly removed: string }
);

/** The one change that a call asks for: several would be several writes, and clients send them one by one. */
export function tagChange({
  securable_type: type,
  securable_full_name: name,
  changes,
}: TagRequest): TagChange {
  if (type.toUpperCase() !== "FUNCTION") {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `securable_type must be FUNCTION, which models are, got '${type}'`,
    );
  }
  const [added, ...more] = changes.add_tags;
  const [removed, ...moreRemoved] = changes.remove;
  if (more.length === 0 && moreRemoved.length === 0) {
    if (added !== undefined && removed === undefined) return { name, added };
    if (added === undefined && removed !== undefined) return { name, removed };
  }
  const got = `${changes.add_tags.length} to add and ${changes.remove.length} to remove`;
  throw new AppError("INVALID_PARAMETER_VALUE", `changes must be of one tag, got ${got}`);
}
