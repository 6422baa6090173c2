import { isList, isObject, type Json, type Step } from "./trace.ts";

/**
 * Removes everything that may differ between two servers that behave alike: ids, times, generated names, URLs, and the order of
 * keys, tags and params. Ids become names, so that a wrong id is still found.
 */
export function normalised(steps: readonly Step[]): readonly Step[] {
  const aliases = new Aliases();
  return steps.map((step) => {
    const canonical = canonicalStep(step);
    aliases.enterStep(step.name);
    aliases.learnExperiments(canonical);
    // A step keeps its shape: only strings and numbers in it are replaced.
    return aliases.replaceIn(canonical) as unknown as Step;
  });
}

/** Lists whose order has no meaning. Metrics are handled in `canonicalObject`, because a history is ordered. */
const UNORDERED = new Set(["tags", "params", "aliases", "files", "events"]);
const TOKENS = new Set(["next_page_token", "page_token"]);
const DAY_MS = 86_400_000;

function canonicalStep({ calls, ...step }: Step): Json {
  const ordered = calls.toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  return canonical({ ...step, calls: ordered }, "");
}

function canonical(value: Json, key: string): Json {
  if (TOKENS.has(key) && value !== "" && value !== null) return "<token>";
  if (key.endsWith("_unix_nano")) return "<time>";
  if (key.startsWith("execution_duration") || key.startsWith("execution_time")) return "<duration>";
  if (typeof value === "number") return isRecent(value) ? "<time>" : value;
  if (typeof value === "string") return withoutTimes(value);
  if (isList(value)) return canonicalList(value, key);
  if (isObject(value)) return canonicalObject(value, key);
  return value;
}

function canonicalList(list: readonly Json[], key: string): Json {
  const items = list.map((item) => canonical(item, ""));
  return UNORDERED.has(key)
    ? items.toSorted((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)))
    : items;
}

/** Drops empty lists, which protobuf's JSON format omits. */
function canonicalObject(object: { readonly [key: string]: Json }, parent: string): Json {
  const entries = Object.entries(object)
    .filter(([key, value]) => key === "calls" || !(isList(value) && value.length === 0))
    .map(([key, value]): [string, Json] => [key, canonical(value, key)])
    .toSorted(([a], [b]) => compareTexts(a, b));
  const result: { [key: string]: Json } = Object.fromEntries(entries);
  // The metrics of a run's data have no order; a history has one.
  if (parent === "data" && isList(result.metrics)) result.metrics = canonicalSet(result.metrics);
  return result;
}

function canonicalSet(list: readonly Json[]): Json {
  return list.toSorted((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isRecent(timeMs: number): boolean {
  return Math.abs(timeMs - Date.now()) < DAY_MS;
}

function withoutTimes(text: string): string {
  if (text.startsWith("[{") || text.startsWith('{"')) return canonicalText(text);
  if (isRecent(Number(text))) return "<time>";
  return text
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?/g, "<time>")
    .replaceAll(/\b[0-9a-f]{40}\b/g, "<commit>")
    .replaceAll(/\{'[^{}]*'\}/g, inOrder)
    .replaceAll(/Response text: .*$/gs, "Response text: <body>")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "<server>")
    .replace(/^[a-z]+-[a-z]+-\d+$/, "<generated name>");
}

/** Normalises JSON within a text, whose whitespace and key order have no meaning. */
function canonicalText(text: string): string {
  try {
    return JSON.stringify(canonical(JSON.parse(text) as Json, "")); // JSON.parse returns JSON.
  } catch {
    return text;
  }
}

/** Python prints the members of a set in an order that differs between processes. */
function inOrder(set: string): string {
  return `{${set.slice(1, -1).split(", ").toSorted().join(", ")}}`;
}

const HEX_ID = /(?<![0-9a-f])([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f])/g;
/** An experiment's id within a text. */
const EXPERIMENT_IN_TEXT =
  /(?<=mlflow-artifacts:\/|mlflow-artifacts\/artifacts\/|\bid=|experiments\/|experiment |experiment with id |experiment_id |ID '|ID )\d+|\d+(?=\/[0-9a-f]{32}\/)/g;
const EXPERIMENT_KEYS = new Set(["experiment_id", "experiment_ids", "source_experiment_id"]);
/** Span ids are bytes, which are Base64 in JSON. */
const SPAN_KEYS = new Set(["span_id", "parent_span_id", "trace_id"]);
const BASE64 = /^[A-Za-z0-9+/]+=+$/;
const DEFAULT_EXPERIMENT = "0";

/** Names ids after the step where they first occur, so that a failing step does not change the names in other steps. */
class Aliases {
  readonly #experiments = new Map<string, string>();
  readonly #hexIds = new Map<string, string>();
  #step = "";
  #newInStep = 0;

  enterStep(name: string): void {
    this.#step = name;
    this.#newInStep = 0;
  }

  /** Collects the experiment ids in a value. */
  learnExperiments(value: Json, key = ""): void {
    if (typeof value === "string" && EXPERIMENT_KEYS.has(key) && /^\d{1,8}$/.test(value)) this.#learn(value);
    else if (isList(value)) for (const item of value) this.learnExperiments(item, key);
    else if (isObject(value))
      for (const [name, item] of Object.entries(value)) this.learnExperiments(item, name);
  }

  replaceIn(value: Json, key = ""): Json {
    if (typeof value === "string") return this.#replaceInText(value, key);
    if (isList(value)) return value.map((item) => this.replaceIn(item, key));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, this.replaceIn(item, name)]),
    );
  }

  #learn(experimentId: string): void {
    if (experimentId !== DEFAULT_EXPERIMENT) this.#aliasOf(this.#experiments, experimentId);
  }

  #replaceInText(text: string, key: string): string {
    if (SPAN_KEYS.has(key) && BASE64.test(text)) return this.#aliasOf(this.#hexIds, text);
    const whole = EXPERIMENT_KEYS.has(key) || key === "result" ? this.#experiments.get(text) : undefined;
    return whole ?? this.#withoutIds(text);
  }

  #withoutIds(text: string): string {
    return text
      .replaceAll(EXPERIMENT_IN_TEXT, (id) => this.#experiments.get(id) ?? id)
      .replaceAll(HEX_ID, (id) => this.#aliasOf(this.#hexIds, id));
  }

  #aliasOf(aliases: Map<string, string>, id: string): string {
    const known = aliases.get(id);
    if (known !== undefined) return known;
    this.#newInStep += 1;
    const alias = `<${this.#step} ${this.#newInStep}>`;
    aliases.set(id, alias);
    return alias;
  }
}
