import { type Call, isList, isObject, type Json, type Step } from "./trace.ts";

/** One difference between the responses of two servers. */
export type Difference = {
  readonly step: string;
  /** The path in the step, such as `calls[0].body.message`. */
  readonly path: string;
  readonly stock: Json;
  readonly ours: Json;
};

/** All differences between two normalised recordings of one script. */
export function differencesOf(stock: readonly Step[], ours: readonly Step[]): Difference[] {
  return stock.flatMap((step, index) => stepDifferences(step, ours[index]));
}

/** A client's result follows from its calls, so results are compared only if the calls agree. */
function stepDifferences(stock: Step, ours: Step | undefined): Difference[] {
  const found = (path: string, a: Json, b: Json): Difference => ({
    step: stock.name,
    path,
    stock: a,
    ours: b,
  });
  if (ours?.name !== stock.name) return [found("name", stock.name, ours?.name ?? null)];
  const inCalls = callDifferences(stock.calls, ours.calls);
  const differences = inCalls.length > 0 ? inCalls : valueDifferences("", outcomeOf(stock), outcomeOf(ours));
  return differences.map(([path, a, b]) => found(path, a, b));
}

type Place = readonly [path: string, stock: Json, ours: Json];

function outcomeOf({ result, error }: Step): Json {
  return error === undefined ? { result: result ?? null } : { error };
}

function callDifferences(stock: readonly Call[], ours: readonly Call[]): Place[] {
  const routes = (calls: readonly Call[]): string =>
    calls.map(({ method, path }) => `${method} ${path}`).join(", ");
  if (routes(stock) !== routes(ours)) return [["calls", routes(stock), routes(ours)]];
  return stock.flatMap((call, index) => answerDifferences(`calls[${index}]`, call, ours[index] ?? call));
}

/** An error versus a success is one difference; two errors or two successes are compared field by field. */
function answerDifferences(path: string, stock: Call, ours: Call): Place[] {
  const answer = ({ status, body }: Call): Json => ({ status, body });
  if (stock.status < 400 !== ours.status < 400) return [[path, answer(stock), answer(ours)]];
  return valueDifferences(path, answer(stock), answer(ours));
}

function valueDifferences(path: string, stock: Json, ours: Json): Place[] {
  const files = keyedByPath(stock) && keyedByPath(ours);
  if (files !== undefined) return valueDifferences(path, keyedByPath(stock) ?? null, files);
  if (isList(stock) && isList(ours) && stock.length === ours.length) {
    return stock.flatMap((item, index) => valueDifferences(`${path}[${index}]`, item, ours[index] ?? null));
  }
  if (isObject(stock) && isObject(ours)) {
    const keys = new Set([...Object.keys(stock), ...Object.keys(ours)]);
    return [...keys].flatMap((key) =>
      valueDifferences(path === "" ? key : `${path}.${key}`, stock[key] ?? null, ours[key] ?? null),
    );
  }
  return JSON.stringify(stock) === JSON.stringify(ours) ? [] : [[path, stock, ours]];
}

/** Converts a list of files to an object, so that an extra file does not shift the others. */
function keyedByPath(value: Json): Json | undefined {
  if (!isList(value) || value.length === 0) return undefined;
  const entries = value.map((item): [string, Json] | undefined =>
    isObject(item) && typeof item.path === "string" ? [item.path, item] : undefined,
  );
  return entries.includes(undefined)
    ? undefined
    : Object.fromEntries(entries.filter((entry) => entry !== undefined));
}
