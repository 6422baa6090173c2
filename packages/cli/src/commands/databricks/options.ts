import { invalid, isObject, messageOf, parseJson } from "@flightdeck/core";
import { type Command, Option } from "commander";
import { readFile } from "node:fs/promises";
import { formatTable, type Table } from "../../output/format.ts";
import { printJson, printLine } from "../../output/print.ts";
import type { JsonFlag } from "../options.ts";

export type OutputFlags = JsonFlag & { readonly output?: string | undefined };

/** The headers of a table and the rule below them. */
const HEADER_LINES = 2;

/** The body of a request, in the form of the REST API. */
export type RequestFlags = { readonly jsonFile?: string | undefined; readonly json?: string | undefined };

type JsonObject = Readonly<Record<string, unknown>>;

export const JSON_FILE_OPTION: readonly [string, string] = ["--json-file <PATH>", "File with the request."];

export const REQUEST_OPTION: readonly [string, string] = ["--json <JSON>", "The request itself."];

/**
 * Selects the workspace. All commands below `databricks` and their groups accept it: `databricks --profile lab fs ls`
 * is the same as `databricks fs ls --profile lab`.
 */
export type ProfileFlag = { readonly profile?: string | undefined };

export const PROFILE_OPTION: readonly [string, string] = [
  "--profile <NAME>",
  "Profile of ~/.databrickscfg (default: DATABRICKS_HOST and DATABRICKS_TOKEN, else DEFAULT).",
];

/** The old command line's option for JSON, in upper or lower case. */
export function outputOption(): Option {
  return new Option("--output <FORMAT>", "Output format.").choices(["JSON", "TABLE", "json", "table"]);
}

/**
 * Prints a table, or JSON if the flags ask for it. Headers are only shown on a terminal, because the old command line
 * prints just the rows.
 */
export function printAsTable(flags: OutputFlags, table: () => Table, wire: unknown): void {
  if (wantsJson(flags, false)) return printJson(wire);
  const { headers, rows } = table();
  if (process.stdout.isTTY) return printLine(formatTable({ headers, rows }));
  const bare = formatTable({ headers: headers.map(() => ""), rows });
  for (const line of bare.split("\n").slice(HEADER_LINES)) printLine(line);
}

/** Prints a table on a terminal and JSON elsewhere, because scripts rely on the old command line's JSON here. */
export function printForReader(flags: OutputFlags, table: () => Table, wire: unknown): void {
  const json = wantsJson(flags, !process.stdout.isTTY);
  printAsTable({ ...flags, json }, table, wire);
}

/** Whether the flags ask for JSON; `otherwise` is the default. */
export function wantsJson({ json, output }: OutputFlags, otherwise: boolean): boolean {
  if (json === true) return true;
  return output === undefined ? otherwise : output.toUpperCase() === "JSON";
}

/** Reads the request from whichever of the two options is given. */
export async function readRequest({ jsonFile, json }: RequestFlags): Promise<JsonObject> {
  if ((jsonFile === undefined) === (json === undefined)) {
    throw invalid("pass the request with either --json-file or --json");
  }
  if (json !== undefined) return objectOf(parseJson(json, "--json"), "--json");
  const path = jsonFile ?? "";
  return objectOf(parseJson(await readText(path), path), path);
}

/** Parses the value of an option that takes JSON; undefined if it is not given. */
export function optionalJson(text: string | undefined, option: string): unknown {
  return text === undefined ? undefined : parseJson(text, option);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `--json-file ${path} cannot be read: ${messageOf(cause)}`;
    throw invalid(message, { cause });
  }
}

function objectOf(value: unknown, shown: string): JsonObject {
  if (isObject(value)) return value;
  throw invalid(
    `${shown} must hold a JSON object, got ${Array.isArray(value) ? "a list" : JSON.stringify(value)}`,
  );
}

/** An option of the old command line for jobs and runs. */
export function apiVersionOption(): Option {
  const text = "Accepted for compatibility: the request determines the API version.";
  return new Option("--version <VERSION>", text).choices(["2.0", "2.1", "2.2"]);
}

/**
 * Wraps the action of a command whose parent groups have options too. The action receives the command's arguments, then
 * all options, whether given after the command or after one of its groups.
 */
export function withGroupOptions(
  action: (...given: never[]) => Promise<void>,
): (...given: readonly unknown[]) => Promise<void> {
  // Each command declares its arguments and options next to its action; commander does not type them.
  const act = action as (...given: readonly unknown[]) => Promise<void>;
  return async (...given) => {
    const command = given.at(-1) as Command; // Commander passes the arguments, the options and the command.
    await act(...command.processedArgs, command.optsWithGlobals());
  };
}
