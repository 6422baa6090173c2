import {
  type FilterToken,
  isKeyword,
  nearestWord,
  SEARCH_ENTITIES,
  tokenizeFilter,
} from "@flightdeck/protocol";
import { formatPlural } from "../../lib/format.ts";
import {
  errorDetails,
  isUserTag,
  messageOf,
  quoteFilterKey,
  quoteFilterText,
} from "../../lib/mlflow-text.ts";
import type { RunKeys } from "./run-queries.ts";

/** A part of a filter's text, end exclusive. */
export type FilterSpan = { readonly start: number; readonly end: number };

/** What may follow at the end of a partial text, and the word that has been started there. */
export type FilterPlace = FilterSpan & { readonly typed: string } & (
    | { readonly expects: "name" | "joiner" }
    | { readonly expects: "comparator" | "value"; readonly field: FilterField }
  );

/** The field that a comparison tests. */
export type FilterField = { readonly group: Group; readonly key: string };

type Group = "metrics" | "params" | "tags" | "attributes";

/** A text to insert into the filter at a span, and how the suggestion list shows it. */
export type Suggestion = FilterSpan & {
  readonly text: string;
  readonly label: string;
  readonly hint: string;
};

/** As many as fit below the box without covering the table. */
const SUGGESTIONS_MAX = 8;

const GROUPS: Readonly<Record<string, Group>> = {
  metric: "metrics",
  parameter: "params",
  tag: "tags",
  attribute: "attributes",
};

/**
 * Parses a filter up to the caret: the word that has been started there, and what the grammar expects. Never throws.
 */
export function placeInFilter(text: string): FilterPlace {
  const tokens = tokensBefore(text);
  const last = tokens.at(-1);
  const isTyping =
    last !== undefined && last.start + last.raw.length === text.length && last.kind !== "symbol";
  const span = { start: isTyping ? last.start : text.length, end: text.length };
  const typed = isTyping ? last.raw : "";
  return { ...span, typed, ...expectedAfter(isTyping ? tokens.slice(0, -1) : tokens) };
}

/** Splits a text that may end in mid-word. An open quote starts the last word. */
function tokensBefore(text: string): readonly FilterToken[] {
  try {
    return tokenizeFilter(text).slice(0, -1);
  } catch (error) {
    const { position: start } = errorDetails(error);
    if (typeof start !== "number") return [];
    const raw = text.slice(start);
    const name = openName(text, start);
    const before = tokenizeFilter(text.slice(0, name?.start ?? start)).slice(0, -1);
    return [...before, name ?? { kind: "text", raw, start, value: raw.slice(1) }];
  }
}

/** A key with an open quote, as in ``metrics.`val l``, whose group was read as a separate word. */
function openName(text: string, start: number): FilterToken | undefined {
  const prefix = /[A-Za-z]{1,20}\.$/.exec(text.slice(0, start))?.[0];
  if (prefix === undefined) return undefined;
  const from = start - prefix.length;
  return {
    kind: "name",
    raw: text.slice(from),
    start: from,
    prefix: prefix.slice(0, -1),
    key: text.slice(start + 1),
  };
}

type Expected =
  | { readonly expects: "name" | "joiner" }
  | { readonly expects: "comparator" | "value"; readonly field: FilterField };

/** Walks through the grammar's comparisons. Anything that it cannot parse starts a new one. */
function expectedAfter(tokens: readonly FilterToken[]): Expected {
  let expected: Expected = { expects: "name" };
  let isRange = false;
  let isList = false;
  for (const token of tokens) {
    switch (expected.expects) {
      case "name":
        if (token.kind === "symbol" || isKeyword(token, "NOT")) break;
        expected = { expects: "comparator", field: fieldOf(token) };
        break;
      case "comparator":
        if (isKeyword(token, "NOT") || isKeyword(token, "IS")) break;
        isRange = isKeyword(token, "BETWEEN");
        isList = isKeyword(token, "IN");
        expected = isKeyword(token, "NULL")
          ? { expects: "joiner" }
          : { expects: "value", field: expected.field };
        break;
      case "value":
        if (isList ? token.raw !== ")" : isRange && token.kind !== "name") break;
        if (isRange && isKeyword(token, "AND")) isRange = false;
        else expected = { expects: "joiner" };
        break;
      default:
        if (token.kind !== "symbol") expected = { expects: "name" };
    }
  }
  return expected;
}

function fieldOf(token: FilterToken): FilterField {
  if (token.kind !== "name") return { group: "attributes", key: token.raw.replaceAll('"', "") };
  const prefixes: Readonly<Record<string, string>> = SEARCH_ENTITIES.runs.prefixes;
  return { group: GROUPS[prefixes[token.prefix ?? ""] ?? ""] ?? "attributes", key: token.key };
}

const STATUSES = ["FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED"];
const HINTS: Readonly<Record<Group, string>> = {
  metrics: "metric",
  params: "parameter",
  tags: "tag",
  attributes: "run",
};

/** Suggestions for a place, most likely first. `values` are the key's values that the server knows. */
export function suggestionsAt(
  place: FilterPlace,
  keys: RunKeys,
  values: readonly { readonly value: string; readonly runCount: number }[],
): readonly Suggestion[] {
  const { start, end, typed } = place;
  const suggest = (text: string, label: string, hint: string): Suggestion => ({
    start,
    end,
    text,
    label,
    hint,
  });
  switch (place.expects) {
    case "name":
      return matching(allNames(keys), typed, ({ group, key }) => `${group}.${key}`).map(({ group, key }) =>
        suggest(`${quoteFilterKey(group, key)} `, `${group}.${key}`, HINTS[group]),
      );
    case "comparator":
      return comparatorsOf(place.field)
        .filter((comparator) => comparator.startsWith(typed.toUpperCase()))
        .map((comparator) => suggest(`${comparator} `, comparator, "comparison"));
    case "value": {
      if (place.field.key === "status" && place.field.group === "attributes")
        return matching(STATUSES, unquoted(typed), (status) => status).map((status) =>
          suggest(`${quoteFilterText(status)} `, status, "status"),
        );
      return values
        .slice(0, SUGGESTIONS_MAX)
        .map(({ value, runCount }) =>
          suggest(`${quoteFilterText(value)} `, value, formatPlural(runCount, "run")),
        );
    }
    default:
      return ["AND", "OR"]
        .filter((word) => typed !== "" && word.startsWith(typed.toUpperCase()))
        .map((word) => suggest(`${word} `, word, "another comparison"));
  }
}

/** The word without its quotes, closed or not. */
export function unquoted(word: string): string {
  return word.replace(/^['"`]/, "").replace(/['"`]$/, "");
}

function allNames(keys: RunKeys): readonly FilterField[] {
  const of = (group: Group, names: readonly string[]): FilterField[] => names.map((key) => ({ group, key }));
  return [
    ...of("metrics", keys.metrics),
    ...of("params", keys.params),
    ...of("attributes", Object.keys(SEARCH_ENTITIES.runs.attributes)),
    ...of(
      "tags",
      keys.tags.toSorted((a, b) => Number(isUserTag(b)) - Number(isUserTag(a))),
    ),
  ];
}

/** Items that contain the typed word, those that start with it first. The group may be omitted. */
function matching<T>(items: readonly T[], typed: string, nameOf: (item: T) => string): readonly T[] {
  const wanted = typed.toLowerCase().replaceAll(/[`"]/g, "");
  const rankOf = (item: T): number => {
    const name = nameOf(item).toLowerCase();
    if (name === wanted) return -1; // Already typed in full.
    const key = name.slice(name.indexOf(".") + 1);
    if (name.startsWith(wanted)) return 3;
    if (key.startsWith(wanted)) return 2;
    return name.includes(wanted) ? 1 : 0;
  };
  return items
    .map((item) => ({ item, rank: rankOf(item) }))
    .filter(({ rank }) => rank > 0)
    .toSorted((a, b) => b.rank - a.rank)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ item }) => item);
}

const NUMBER_COMPARATORS = [">", ">=", "<", "<=", "=", "!=", "BETWEEN"];
const TEXT_COMPARATORS = ["=", "!=", "LIKE", "ILIKE", "IN", "IS NULL", "IS NOT NULL"];

function comparatorsOf({ group, key }: FilterField): readonly string[] {
  return group === "metrics" || key.endsWith("_time") ? NUMBER_COMPARATORS : TEXT_COMPARATORS;
}

/** A filter in which the closest existing key replaces an unknown one. */
export type Correction = { readonly wrong: string; readonly right: string; readonly filter: string };

/** Corrects a filter's first unknown key if an existing one is close enough to be what the user meant. */
export function correctionOf(filter: string, keys: RunKeys): Correction | undefined {
  for (const token of tokensBefore(filter)) {
    if (token.kind !== "name" || token.prefix === undefined) continue;
    const { group, key } = fieldOf(token);
    if (group === "attributes" || keys[group].includes(key)) continue;
    const elsewhere = (["metrics", "params", "tags"] as const).find((other) => keys[other].includes(key));
    const near = elsewhere === undefined ? nearestWord(key, keys[group]) : key;
    if (near === undefined) continue;
    const right = quoteFilterKey(elsewhere ?? group, near);
    const { start, raw } = token;
    return {
      wrong: raw,
      right,
      filter: `${filter.slice(0, start)}${right}${filter.slice(start + raw.length)}`,
    };
  }
  return undefined;
}

/**
 * Finds the faulty part of a filter. Our server reports the position in the error's details; for other servers we take
 * the first quoted part of the message that occurs in the filter. Undefined if neither helps.
 */
export function locateFilterError(filter: string, error: unknown): FilterSpan | undefined {
  return spanOfDetails(filter, errorDetails(error)) ?? spanOfQuote(filter, messageOf(error));
}

/** `position` counts characters from 0. A long `word` is truncated with an ellipsis; an empty one means the end. */
function spanOfDetails(filter: string, details: Readonly<Record<string, unknown>>): FilterSpan | undefined {
  const { position: start, word } = details;
  if (typeof start !== "number" || start < 0 || start > filter.length) return undefined;
  const length = typeof word === "string" ? word.replace(/…$/, "").length : 0;
  return { start, end: start + Math.max(1, length) };
}

function spanOfQuote(filter: string, message: string): FilterSpan | undefined {
  for (const [, quoted = ""] of message.matchAll(/'([^']+)'/g)) {
    const start = filter.indexOf(quoted);
    if (start >= 0) return { start, end: start + quoted.length };
  }
  return undefined;
}
