import type { Reference } from "@flightdeck/store";

type FindVisible = (references: readonly Reference[]) => Promise<readonly boolean[]>;

/** Lists of answers that tell of the whole workspace, and the field that names each of their records. */
const LISTS: ReadonlyMap<string, { readonly field: string; make(text: string): Reference }> = new Map([
  ["experiments", { field: "experiment_id", make: experiment }],
  ["registered_models", { field: "name", make: registeredModel }],
  ["model_versions", { field: "name", make: registeredModel }],
]);

function experiment(experimentId: string): Reference {
  return { kind: "experiment", experimentId };
}

function registeredModel(name: string): Reference {
  return { kind: "registered-model", name };
}

/**
 * An answer without the experiments, models and versions that may not be seen. Its page may so be shorter than was asked
 * for; its page token still leads to the next.
 */
export async function onlyVisible<T>(answer: T, findVisible: FindVisible): Promise<T> {
  if (typeof answer !== "object" || answer === null) return answer;
  const fields = Object.entries(answer).map(async ([key, value]: [string, unknown]) => {
    const list = LISTS.get(key);
    if (list === undefined || !Array.isArray(value)) return [key, value];
    const records: readonly unknown[] = value;
    const seen = await findVisible(records.map((record) => list.make(nameOf(record, list.field))));
    return [key, records.filter((_record, index) => seen[index])];
  });
  return Object.fromEntries(await Promise.all(fields)) as T; // The same fields, of the same types.
}

/** Unity Catalog's records have a name in parts, of which the last alone may be another's whole name. */
function nameOf(record: unknown, field: string): string {
  const whole = textAt(record, "full_name");
  if (whole !== "" && field === "name") return whole;
  const levels = ["catalog_name", "schema_name", "model_name"].map((level) => textAt(record, level));
  return levels.at(-1) === "" ? textAt(record, field) : levels.filter((level) => level !== "").join(".");
}

function textAt(record: unknown, field: string): string {
  const value: unknown = typeof record === "object" && record !== null && Reflect.get(record, field);
  return typeof value === "string" ? value : "";
}
