import { AppError, isAppError, messageOf, parseJson } from "@flightdeck/core";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

/** What a backend is told beside the project: for `databricks` the definition of a cluster. */
export type BackendConfig = Readonly<Record<string, unknown>>;

/**
 * A backend's configuration as it is given to a command: the path of a `.json` file, or JSON itself. Throws
 * `INVALID_PARAMETER_VALUE` for anything but an object in JSON, with the place where it stops being JSON.
 */
export async function parseBackendConfig(given: string, cwd: string): Promise<BackendConfig> {
  const isFile = given.endsWith(".json");
  const shown = isFile ? `backend config ${given}` : "backend config";
  const text = isFile ? await readText(resolve(cwd, given), shown) : given;
  const parsed = parseGiven(text, shown, isFile);
  if (isObject(parsed)) return parsed;
  const kind = Array.isArray(parsed) ? "a list" : JSON.stringify(parsed);
  throw new AppError("INVALID_PARAMETER_VALUE", `${shown} must be a JSON object, got ${kind}`);
}

async function readText(path: string, shown: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    const message = `${shown} cannot be read: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  });
}

function parseGiven(text: string, shown: string, isFile: boolean): unknown {
  try {
    return parseJson(text, shown);
  } catch (error) {
    if (isFile || !isAppError(error)) throw error;
    const message = `${error.message}; it must be JSON or the path of a .json file`;
    throw new AppError(error.code, message, { cause: error });
  }
}

function isObject(value: unknown): value is BackendConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
