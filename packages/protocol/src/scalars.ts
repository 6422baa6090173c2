import { z } from "zod";
import { LIMITS } from "./limits.ts";

/*
 * Scalars as protobuf's JSON form has them (https://protobuf.dev/programming-guides/json/): int64 as number or text,
 * doubles also as "NaN" and "Infinity", booleans also as text since GET requests carry them in the query.
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

/** int64 as number or decimal text. Values beyond 2^53 are refused: no timestamp or step comes near. */
export const int64: z.ZodType<number, number | string> = z.preprocess(intFrom, z.number().int().safe());

/** uint64 as decimal text, so that values beyond 2^53 stay whole; a number is accepted where it is exact. */
export const uint64Text: z.ZodType<string, number | string> = z.preprocess(
  (value: number | string) => (Number.isSafeInteger(value) ? String(value) : value),
  // One check: zod makes all of them, also those after one that has failed.
  text(20).refine((digits) => /^\d{1,20}$/.test(digits) && BigInt(digits) < 2n ** 64n, "expected a uint64"),
);

/** double as number, decimal text, "NaN" or "±Infinity". */
export const double: z.ZodType<number, number | string> = z.preprocess(
  doubleFrom,
  z.custom<number>((value) => typeof value === "number", "expected a number").meta({ type: "number" }),
);

type BoolInput = boolean | "true" | "false" | "True" | "False";

/** boolean, or its text as a query string carries it; the stock client writes Python's. */
export const bool: z.ZodType<boolean, BoolInput> = z.preprocess((value: BoolInput) => {
  if (value === "true" || value === "True") return true;
  return value === "false" || value === "False" ? false : value;
}, z.boolean());

/** A text of at most so many characters, checked before anything else reads it. */
export function text(charsMax: number): z.ZodString {
  return z.string().max(charsMax, `must have at most ${charsMax} characters`);
}

/** An id, a name, a key, a path or a word. What is stored under it has narrower bounds, with MLflow's words. */
export const shortText: z.ZodString = text(LIMITS.shortTextCharsMax);
/** A value, a description, a filter, a page token; also all texts that requests and responses share. */
export const longText: z.ZodString = text(LIMITS.longTextCharsMax);
/** A text that must be there: protobuf's JSON form says "" and absent alike. */
export const requiredText: z.ZodString = shortText.min(1);

/**
 * A repeated field: absent means empty, and a query string gives a lone value without its list. The lists of requests
 * name the most items that they take; one that is longer is refused before its items are looked at.
 */
export function repeated<T extends z.ZodType>(item: T, itemsMax?: number): z.ZodDefault<z.ZodArray<T>> {
  const schema = z.preprocess(
    (value, context) => bounded(value === undefined ? [] : value, itemsMax, context),
    arrayOf(item, itemsMax),
  );
  // `preprocess` types its input as unknown and its key as required; what it accepts is what a default accepts.
  return schema as unknown as z.ZodDefault<z.ZodArray<T>>;
}

/** A repeated field that must name something. */
export function requiredList<T extends z.ZodType>(
  item: T,
  itemsMax?: number,
): z.ZodType<z.output<T>[], z.input<T>[]> {
  const schema = z.preprocess(
    (value, context) => (value === undefined ? value : bounded(value, itemsMax, context)),
    arrayOf(item, itemsMax).min(1),
  );
  // `preprocess` types its input as unknown; clients of this project send lists.
  return schema as unknown as z.ZodType<z.output<T>[], z.input<T>[]>;
}

function arrayOf<T extends z.ZodType>(item: T, itemsMax: number | undefined): z.ZodArray<T> {
  return itemsMax === undefined ? z.array(item) : z.array(item).max(itemsMax);
}

/** Preprocessing that finds something wrong is where zod stops. */
function bounded(value: unknown, itemsMax: number | undefined, context: z.RefinementCtx): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (itemsMax !== undefined && list.length > itemsMax) {
    context.addIssue({ code: "custom", message: `must have at most ${itemsMax} items, got ${list.length}` });
  }
  return list;
}

/** Texts under keys, as JSON has a map. */
export const textMap: z.ZodRecord<z.ZodString, z.ZodString> = z
  .record(shortText, longText)
  .refine((map) => Object.keys(map).length <= LIMITS.requestItemsMax, TOO_MANY_KEYS)
  .meta({ maxProperties: LIMITS.requestItemsMax });

/** Settings that mean something elsewhere and nothing here: any JSON, as large as a document may be. */
export const foreignJson: z.ZodType = z
  .unknown()
  .refine((value) => value === undefined || JSON.stringify(value).length <= LIMITS.jobDocumentCharsMax, {
    error: `must have at most ${LIMITS.jobDocumentCharsMax} characters as JSON`,
  })
  .meta({ maxLength: LIMITS.jobDocumentCharsMax });

/** Such settings under keys. */
export const foreignMap: z.ZodRecord<z.ZodString, typeof foreignJson> = z
  .record(shortText, foreignJson)
  .refine((map) => Object.keys(map).length <= LIMITS.requestItemsMax, TOO_MANY_KEYS)
  .meta({ maxProperties: LIMITS.requestItemsMax });

/** A nested message whose fields all have defaults: absent means empty. */
export function message<T extends z.ZodObject>(schema: T): z.ZodPrefault<T> {
  return z.prefault(schema, {} as z.input<T>); // Every field has a default, which a generic type cannot say.
}

/** A double for JSON, which knows neither NaN nor infinities. */
export function doubleToWire(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
