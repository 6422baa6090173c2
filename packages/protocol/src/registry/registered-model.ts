import { z } from "zod";
import { int64, repeated } from "../scalars.ts";
import { type Tag, tagSchema } from "../tag.ts";
import {
  type ModelVersion,
  modelVersionFromWire,
  modelVersionSchema,
  modelVersionToWire,
  versionText,
} from "./model-version.ts";

export type RegisteredModelAlias = { readonly alias: string; readonly version: string };

export type RegisteredModel = {
  readonly name: string;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly description: string;
  /** The newest version of each stage that has one. */
  readonly latestVersions: readonly ModelVersion[];
  readonly tags: readonly Tag[];
  readonly aliases: readonly RegisteredModelAlias[];
};

export const registeredModelSchema = z.object({
  name: z.string(),
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
  description: z.string().default(""),
  latest_versions: repeated(modelVersionSchema),
  tags: repeated(tagSchema),
  aliases: repeated(z.object({ alias: z.string(), version: versionText })),
});
export type RegisteredModelWire = z.infer<typeof registeredModelSchema>;

export function registeredModelToWire(model: RegisteredModel): z.input<typeof registeredModelSchema> {
  return {
    name: model.name,
    creation_timestamp: model.creationTimeMs,
    last_updated_timestamp: model.lastUpdateTimeMs,
    // Clients tell an absent description, which is None to them, from an empty one.
    ...(model.description !== "" && { description: model.description }),
    latest_versions: model.latestVersions.map(modelVersionToWire),
    tags: [...model.tags],
    aliases: [...model.aliases],
  };
}

export function registeredModelFromWire(wire: RegisteredModelWire): RegisteredModel {
  return {
    name: wire.name,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    description: wire.description,
    latestVersions: wire.latest_versions.map(modelVersionFromWire),
    tags: wire.tags,
    aliases: wire.aliases,
  };
}
