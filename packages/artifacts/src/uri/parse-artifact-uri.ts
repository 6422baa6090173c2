import { AppError } from "@flightdeck/core";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeArtifactPath } from "../paths/check-artifact-path.ts";
import type { ArtifactUri } from "./artifact-uri.ts";
import { parseModelUri } from "./parse-model-uri.ts";

/** Two letters at least: one letter and a colon is a drive of Windows. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s;
const AUTHORITY = /^\/\/([^/]*)(.*)$/s;

/**
 * Reads an artifact URI, or a plain path of this machine. Throws `INVALID_PARAMETER_VALUE` for what is not one, and for
 * a path that tries to leave its root.
 *
 * @example
 * ```ts
 * parseArtifactUri("runs:/0123/model"); // { kind: "runs", runId: "0123", path: "model" }
 * parseArtifactUri("models:/airline@champion").kind; // "models"
 * ```
 */
export function parseArtifactUri(uri: string): ArtifactUri {
  if (uri.trim() === "") throw invalidUri(uri, "it is empty");
  const [, scheme, rest] = SCHEME.exec(uri) ?? [];
  if (scheme === undefined || rest === undefined) return { kind: "file", file: resolve(uri) };
  return parseWithScheme(uri, scheme.toLowerCase(), rest);
}

function parseWithScheme(uri: string, scheme: string, rest: string): ArtifactUri {
  switch (scheme) {
    case "mlflow-artifacts":
      return parseProxied(uri, rest);
    case "file":
      return { kind: "file", file: parseFile(uri) };
    case "runs":
      return parseRuns(uri, rest);
    case "models":
      return parseModelUri(uri, rest);
    case "dbfs":
      return { kind: "dbfs", path: `/${decodeArtifactPath(withoutLeadingSlashes(rest))}` };
    case "s3":
      return parseS3(uri, rest);
    case "http":
    case "https":
      if (!URL.canParse(uri)) throw invalidUri(uri, "it is no valid URL");
      return { kind: "http", url: uri };
    default:
      return { kind: "other", scheme, uri };
  }
}

function parseProxied(uri: string, rest: string): ArtifactUri {
  const [, host = "", path = rest] = AUTHORITY.exec(rest) ?? [];
  if (/^\d+$/.test(host)) throw invalidUri(uri, `it has a port, ${host}, but no host`);
  const location = {
    kind: "mlflow-artifacts",
    path: decodeArtifactPath(withoutLeadingSlashes(path)),
  } as const;
  return host === "" ? location : { ...location, host };
}

function parseFile(uri: string): string {
  try {
    // The guide writes `file:///$PWD`, which has four slashes: one more than a file URI.
    return fileURLToPath(new URL(uri.replace(/^file:\/{3,}/i, "file:///")));
  } catch (cause) {
    throw invalidUri(uri, "a file URI is file:///absolute/path, on this machine", cause);
  }
}

function parseRuns(uri: string, rest: string): ArtifactUri {
  const path = decodeArtifactPath(withoutLeadingSlashes(rest));
  const [runId = "", ...inside] = path.split("/");
  const wellFormed = runId !== "" && !rest.startsWith("//");
  if (!wellFormed) throw invalidUri(uri, "it must be of the form 'runs:/<run_id>/path/to/artifact'");
  return { kind: "runs", runId, path: inside.join("/") };
}

function parseS3(uri: string, rest: string): ArtifactUri {
  const [, bucket = "", key = ""] = AUTHORITY.exec(rest) ?? [];
  if (bucket === "") throw invalidUri(uri, "it must be of the form 's3://bucket/key'");
  return { kind: "s3", bucket, key: decodeArtifactPath(withoutLeadingSlashes(key)) };
}

function withoutLeadingSlashes(path: string): string {
  return path.replace(/^\/+/, "");
}

export function invalidUri(uri: string, says: string, cause?: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid artifact URI '${uri}': ${says}`, { cause });
}
