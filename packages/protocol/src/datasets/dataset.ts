import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { longText, repeated, text } from "../scalars.ts";
import { type Tag, tagSchema } from "../tag.ts";

/** Metadata of a dataset that a run used; never the data itself. */
export type Dataset = {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  /** JSON text, as the client made it. */
  readonly schema?: string;
  /** JSON text, as the client made it. */
  readonly profile?: string;
};

export type DatasetInput = { readonly dataset: Dataset; readonly tags: readonly Tag[] };

export const datasetSchema = z.object({
  name: longText,
  digest: longText,
  source_type: longText.default(""),
  source: longText.default(""),
  schema: text(LIMITS.jsonBodyBytesMax).optional(),
  profile: text(LIMITS.jsonBodyBytesMax).optional(),
});

export const datasetInputSchema = z.object({
  tags: repeated(tagSchema, LIMITS.requestItemsMax),
  dataset: datasetSchema,
});
export type DatasetInputWire = z.infer<typeof datasetInputSchema>;

export function datasetInputToWire(input: DatasetInput): DatasetInputWire {
  const { dataset } = input;
  return {
    tags: [...input.tags],
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      ...(dataset.schema !== undefined && { schema: dataset.schema }),
      ...(dataset.profile !== undefined && { profile: dataset.profile }),
    },
  };
}

export function datasetInputFromWire(wire: DatasetInputWire): DatasetInput {
  const { dataset } = wire;
  return {
    tags: wire.tags,
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      sourceType: dataset.source_type,
      source: dataset.source,
      ...(dataset.schema !== undefined && { schema: dataset.schema }),
      ...(dataset.profile !== undefined && { profile: dataset.profile }),
    },
  };
}
