import { AppError, messageOf, parseJson } from "@flightdeck/core";
import { readFile } from "node:fs/promises";

/** The request of a call, as the REST API takes it. */
export type RequestFlags = { readonly jsonFile?: string; readonly json?: string };
export type JsonObject = Readonly<Record<string, unknown>>;

export const JSON_FILE_OPTION: readonly [string, string] = ["--json-file <PATH>", "File with the request."];
export const REQUEST_OPTION: readonly [string, string] = ["--json <JSON>", "The request itself."];

/** Reads the request from the one of the two options that is given. */
export async function readRequest({ jsonFile, json }: RequestFlags): Promise<JsonObject> {
  if ((jsonFile === undefined) === (json === undefined)) {
    throw new AppError("INVALID_PARAMETER_VALUE", "give the request by one of --json-file and --json");
  }
  if (json !== undefined) return objectOf(parseJson(json, "--json"), "--json");
  const path = jsonFile ?? "";
  return objectOf(parseJson(await readText(path), path), path);
}

/** The value of an option that takes JSON; undefined where it is not given. */
export function optionalJson(text: string | undefined, option: string): unknown {
  return text === undefined ? undefined : parseJson(text, option);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `--json-file ${path} cannot be read: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

function objectOf(value: unknown, shown: string): JsonObject {
  // An object's fields are unknown.
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${shown} must hold a JSON object, got ${Array.isArray(value) ? "a list" : JSON.stringify(value)}`,
  );
}
