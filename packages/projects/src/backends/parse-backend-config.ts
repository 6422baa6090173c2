import { AppError, messageOf } from "@flightdeck/core";
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
  const parsed = parseJson(text, shown, isFile);
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

function parseJson(text: string, shown: string, isFile: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const before = text.slice(0, findBadCharacter(text)).split("\n");
    const place = `line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1}`;
    // The parser adds a place or an excerpt, as it pleases.
    const reason = messageOf(cause).replace(/(?: in JSON at position |, (?:\.\.\.)?").*$/s, "");
    const allowed = isFile ? "" : "; it must be JSON or the path of a .json file";
    const message = `${shown} is not JSON: ${reason}, ${place}${allowed}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

/** Where a text stops being the beginning of JSON: its length, when more would have to follow. */
function findBadCharacter(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (mayBegin(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether a text can be gone on with to JSON: what the parser complains of is its end. */
function mayBegin(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = messageOf(error);
    return /end of JSON input|^Unterminated string/.test(message) || message.includes(`at position ${text.length} `);
  }
}

function isObject(value: unknown): value is BackendConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
