import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { takingPlain, withPlainForm } from "./plain-form.ts";

/*
 * Scalars in protobuf's JSON encoding (https://protobuf.dev/programming-guides/json/): int64 as number or text, doubles
 * also as "NaN" and "Infinity". Booleans may also be text, since GET requests send them in the query.
 */

const TOO_MANY_KEYS = `must have at most ${LIMITS.requestItemsMax} keys`;
const INT_TEXT = /^-?\d+$/;

function intFrom(value: number | string): unknown {
  if (typeof value === "string" && INT_TEXT.test(value)) return Number(value);
  return value;
}

function doubleFrom(value: number | string): unknown {
  if (typeof value !== "string") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** int64 as number or decimal text. Values beyond 2^53 are refused; timestamps and steps are far smaller. */
export const int64: z.ZodType<number, number | string> = withPlainForm(
  z.preprocess(intFrom, z.number().int().safe()),
  Number.isSafeInteger,
);

/** uint64 as decimal text, so that values beyond 2^53 keep their precision. A number is accepted if it is exact. */
export const uint64Text: z.ZodType<string, number | string> = z.preprocess(
  (value: number | string) => (Number.isSafeInteger(value) ? String(value) : value),
  // A single check, since zod runs all checks, even after one has failed.
  text(20).refine((digits) => /^\d{1,20}$/.test(digits) && BigInt(digits) < 2n ** 64n, "expected a uint64"),
);

/** double as number, decimal text, "NaN" or "±Infinity". */
export const double: z.ZodType<number, number | string> = withPlainForm(
  z.preprocess(
    doubleFrom,
    z.custom<number>((value) => typeof value === "number", "expected a number").meta({ type: "number" }),
  ),
  (value) => typeof value === "number",
);

type BoolInput = boolean | "true" | "false" | "True" | "False";

/** boolean, or its text in a query string; MLflow's own client sends Python's `True` and `False`. */
export const bool: z.ZodType<boolean, BoolInput> = z.preprocess((value: BoolInput) => {
  if (value === "true" || value === "True") return true;
  return value === "false" || value === "False" ? false : value;
}, z.boolean());

/** A string of at most `charsMax` characters; the length is checked first. */
export function text(charsMax: number): z.ZodString {
  return z.string().max(charsMax, `must have at most ${charsMax} characters`);
}

/** An id, a name, a key, a path or a keyword. The stores have narrower limits, with MLflow's error messages. */
export const shortText: z.ZodString = text(LIMITS.shortTextCharsMax);
/** A value, a description, a filter, a page token; also used for strings that requests and responses share. */
export const longText: z.ZodString = text(LIMITS.longTextCharsMax);
/** A required, non-empty string: protobuf's JSON encoding does not distinguish "" from absent. */
export const requiredText: z.ZodString = shortText.min(1);

/**
 * A repeated field: absent means empty, and in a query string a single value is not in a list. Lists in requests set
 * `itemsMax`; a longer list is refused before its items are parsed.
 */
export function repeated<T extends z.ZodType>(item: T, itemsMax?: number): z.ZodDefault<z.ZodArray<T>> {
  const schema = z.preprocess(
    (value, context) => bounded(value === undefined ? [] : value, itemsMax, context),
    takingPlain(arrayOf(item, itemsMax)),
  );
  // `preprocess` types its input as unknown and its key as required, but it accepts what a default accepts.
  return schema as unknown as z.ZodDefault<z.ZodArray<T>>;
}

/** A repeated field with at least one item. */
export function requiredList<T extends z.ZodType>(
  item: T,
  itemsMax?: number,
): z.ZodType<z.output<T>[], z.input<T>[]> {
  const schema = z.preprocess(
    (value, context) => (value === undefined ? value : bounded(value, itemsMax, context)),
    takingPlain(arrayOf(item, itemsMax).min(1)),
  );
  // `preprocess` types its input as unknown; our clients send lists.
  return schema as unknown as z.ZodType<z.output<T>[], z.input<T>[]>;
}

function arrayOf<T extends z.ZodType>(item: T, itemsMax: number | undefined): z.ZodArray<T> {
  return itemsMax === undefined ? z.array(item) : z.array(item).max(itemsMax);
}

/** zod stops when preprocessing reports an issue. */
function bounded(value: unknown, itemsMax: number | undefined, context: z.RefinementCtx): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (itemsMax !== undefined && list.length > itemsMax) {
    context.addIssue({ code: "custom", message: `must have at most ${itemsMax} items, got ${list.length}` });
  }
  return list;
}

/** A map from string to string. */
export const textMap: z.ZodRecord<z.ZodString, z.ZodString> = z
  .record(shortText, longText)
  .refine((map) => Object.keys(map).length <= LIMITS.requestItemsMax, TOO_MANY_KEYS)
  .meta({ maxProperties: LIMITS.requestItemsMax });

/** Settings that have no effect here: any JSON up to the size of a job document. */
export const foreignJson: z.ZodType = z
  .unknown()
  .refine((value) => value === undefined || JSON.stringify(value).length <= LIMITS.jobDocumentCharsMax, {
    error: `must have at most ${LIMITS.jobDocumentCharsMax} characters as JSON`,
  })
  .meta({ maxLength: LIMITS.jobDocumentCharsMax });

/** A map of such settings. */
export const foreignMap: z.ZodRecord<z.ZodString, typeof foreignJson> = z
  .record(shortText, foreignJson)
  .refine((map) => Object.keys(map).length <= LIMITS.requestItemsMax, TOO_MANY_KEYS)
  .meta({ maxProperties: LIMITS.requestItemsMax });

/** A nested message whose fields all have defaults: absent means empty. */
export function message<T extends z.ZodObject>(schema: T): z.ZodPrefault<T> {
  return z.prefault(schema, {} as z.input<T>); // Every field has a default, which a generic type cannot say.
}

/** Encodes a double for JSON, which has neither NaN nor infinities. */
export function doubleToWire(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** A message without fields. */
export const empty = z.object({});

/** A key with a text value. Stores return tags sorted by key. */
export type Tag = { readonly key: string; readonly value: string };

/** A tag on the wire. protobuf omits empty strings, so an absent value is "". */
export const tagSchema = z.object({ key: requiredText, value: longText.default("") });
export type TagWire = z.infer<typeof tagSchema>;

/** Whether a search returns active records, deleted ones, or both. */
export const viewTypeSchema = z.enum(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]);
/** Whether a search returns active records, deleted ones, or both (`ViewType` in `mlflow/protos/service.proto`). */
export type ViewType = z.infer<typeof viewTypeSchema>;

export const lifecycleStageSchema = z.enum(["active", "deleted"]);
/** `deleted` records are kept and can be restored until they are removed permanently. */
export type LifecycleStage = z.infer<typeof lifecycleStageSchema>;

/** One page of results; `nextPageToken` is absent on the last page. */
export type Page<T> = { readonly items: readonly T[]; readonly nextPageToken?: string | undefined };
