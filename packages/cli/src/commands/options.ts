import type { ViewType } from "@flightdeck/protocol";
import { InvalidArgumentError, Option } from "commander";

export type JsonFlag = { readonly json?: boolean | undefined };

/** For every command that prints something. */
export const JSON_OPTION: readonly [string, string] = ["--json", "Print JSON."];

/** For commands that always print JSON. */
export const ALWAYS_JSON_OPTION: readonly [string, string] = [
  "--json",
  "Accepted for compatibility: the output is always JSON.",
];

/** For `run` and `env create`. */
export const ENV_MANAGER_OPTION: readonly [string, string] = [
  "--env-manager <TEXT>",
  "Tool that builds the environment: uv, virtualenv or conda; local for no environment (default: depends on the project).",
];

export const BEST_EFFORT_OPTION: readonly [string, string] = [
  "--best-effort",
  "If the exact environment is not available, use the nearest Python and package versions, leave out missing packages, and report the differences.",
];

const VIEWS = ["active_only", "deleted_only", "all"] as const;

export type View = (typeof VIEWS)[number];

const VIEW_TYPES: Readonly<Record<View, ViewType>> = {
  active_only: "ACTIVE_ONLY",
  deleted_only: "DELETED_ONLY",
  all: "ALL",
};

const PORT_MAX = 65_535;

/** MLflow's `-v, --view`. */
export function viewOption(): Option {
  return new Option("-v, --view <TEXT>", "Which ones to show.").choices(VIEWS).default("active_only");
}

export function viewTypeOf(view: View): ViewType {
  return VIEW_TYPES[view];
}

/** Parses a TCP port; 0 picks a free one. */
export function parsePort(text: string): number {
  return parseWhole(text, { min: 0, max: PORT_MAX });
}

/** Parses a positive count. */
export function parseCount(text: string): number {
  return parseWhole(text, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** Parses a count or time of 0 or more. */
export function parseOffset(text: string): number {
  return parseWhole(text, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

function parseWhole(text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
  throw new InvalidArgumentError(`It must be a whole number${range}.`);
}

/** Collects the values of a repeatable option. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Collects `NAME=VALUE` pairs into a record; the value may contain `=`. */
export function collectPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError("It must have the form NAME=VALUE.");
  const name = text.slice(0, equals);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return Object.assign(Object.create(null), before, { [name]: text.slice(equals + 1) });
}

/** Rejects an MLflow option that is not supported yet. */
export function refuse(reason: string): (text: string) => never {
  return () => {
    throw new InvalidArgumentError(reason);
  };
}

/** Returns the first items of a listing, or all of them if there is no limit. */
export async function takeAtMost<T>(
  items: AsyncIterable<T>,
  countMax: number | undefined,
): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === countMax) break;
  }
  return taken;
}
