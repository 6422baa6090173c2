import { z } from "zod";

/*
 * Scalars as protobuf's JSON form has them (https://protobuf.dev/programming-guides/json/): int64 as number or text,
 * doubles also as "NaN" and "Infinity", booleans also as text since GET requests carry them in the query.
 */

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
  z.string().refine((text) => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n, "expected a uint64"),
);

/** double as number, decimal text, "NaN" or "±Infinity". */
export const double: z.ZodType<number, number | string> = z.preprocess(
  doubleFrom,
  z.custom<number>((value) => typeof value === "number", "expected a number"),
);

type BoolInput = boolean | "true" | "false" | "True" | "False";

/** boolean, or its text as a query string carries it; the stock client writes Python's. */
export const bool: z.ZodType<boolean, BoolInput> = z.preprocess((value: BoolInput) => {
  if (value === "true" || value === "True") return true;
  return value === "false" || value === "False" ? false : value;
}, z.boolean());

/** A repeated field: absent means empty, and a query string gives a lone value without its list. */
export function repeated<T extends z.ZodType>(item: T): z.ZodDefault<z.ZodArray<T>> {
  const schema = z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(item),
  );
  // `preprocess` types its input as unknown and its key as required; what it accepts is what a default accepts.
  return schema as unknown as z.ZodDefault<z.ZodArray<T>>;
}

/** A repeated field that must name something. */
export function requiredList<T extends z.ZodType>(item: T): z.ZodType<z.output<T>[], z.input<T>[]> {
  const list = (value: unknown): unknown => (value === undefined || Array.isArray(value) ? value : [value]);
  // `preprocess` types its input as unknown; clients of this project send lists.
  return z.preprocess(list, z.array(item).min(1)) as unknown as z.ZodType<z.output<T>[], z.input<T>[]>;
}

/** A text that must be there: protobuf's JSON form says "" and absent alike. */
export const requiredText: z.ZodString = z.string().min(1);

/** A nested message whose fields all have defaults: absent means empty. */
export function message<T extends z.ZodObject>(schema: T): z.ZodPrefault<T> {
  return z.prefault(schema, {} as z.input<T>); // Every field has a default, which a generic type cannot say.
}

/** A double for JSON, which knows neither NaN nor infinities. */
export function doubleToWire(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
