import { textMap } from "../scalars.ts";
import type { Tag } from "../tag.ts";

/** A protobuf map of texts: a JSON object. In the domain it is a list of tags, sorted by key as the store gives them. */
export const textMapSchema = textMap;
export type TextMapWire = Record<string, string>;

export function textMapToWire(tags: readonly Tag[]): TextMapWire {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

export function textMapFromWire(map: TextMapWire | undefined): readonly Tag[] {
  return Object.entries(map ?? {}).map(([key, value]) => ({ key, value }));
}
