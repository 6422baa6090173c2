import { AppError } from "@flightdeck/core";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeArtifactPath } from "./artifact-path.ts";

/** The model that a `models:` URI refers to. */
export type ModelReference =
  | { readonly by: "id"; readonly modelId: string }
  | { readonly by: "version"; readonly name: string; readonly version: string }
  | { readonly by: "alias"; readonly name: string; readonly alias: string }
  /** A stage of the workspace registry, or `latest` for the newest version. */
  | { readonly by: "stage"; readonly name: string; readonly stage: string };

/**
 * A parsed artifact URI. Paths inside an artifact root are relative, decoded and checked; "" is the root itself.
 */
export type ArtifactUri =
  /** Behind a tracking server's proxy: the current server's, or that of `host` ("name:port"). */
  | { readonly kind: "mlflow-artifacts"; readonly host?: string | undefined; readonly path: string }
  /** A local path; `file` is absolute. */
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "runs"; readonly runId: string; readonly path: string }
  | { readonly kind: "models"; readonly model: ModelReference; readonly path: string }
  /** `path` is absolute, as in DBFS. */
  | { readonly kind: "dbfs"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly key: string }
  | { readonly kind: "http"; readonly url: string }
  /** A scheme that may occur in imported records, such as `gs` or `wasbs`, but that we cannot open. */
  | { readonly kind: "other"; readonly scheme: string; readonly uri: string };

/** At least two letters: one letter and a colon is a Windows drive. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s;
const AUTHORITY = /^\/\/([^/]*)(.*)$/s;

/**
 * Parses an artifact URI or a local path. Throws `INVALID_PARAMETER_VALUE` for an invalid URI, and for a path that tries to
 * leave its root.
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
      if (!URL.canParse(uri)) throw invalidUri(uri, "it is not a valid URL");
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
    // The guide writes `file:///$PWD`, which has four slashes, one too many for a file URI.
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

export function invalidUri(uri: string, problem: string, cause?: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid artifact URI '${uri}': ${problem}`, { cause });
}

/** A logged model's id: `m-` and, in MLflow, 32 hex digits. */
const MODEL_ID = /^m-[0-9a-zA-Z]{1,64}$/;

/** Parses the part after `models:`; `uri` is the whole URI, for the message. */
function parseModelUri(uri: string, rest: string): ArtifactUri {
  if (!/^\/[^/]/.test(rest)) throw invalidModelUri(uri);
  const [first = "", ...others] = decodeArtifactPath(rest.slice(1)).split("/");
  if (MODEL_ID.test(first))
    return { kind: "models", model: { by: "id", modelId: first }, path: others.join("/") };
  const at = first.indexOf("@");
  if (at >= 0) {
    const model = { by: "alias", name: first.slice(0, at), alias: first.slice(at + 1) } as const;
    if (model.name === "" || model.alias === "") throw invalidModelUri(uri);
    return { kind: "models", model, path: others.join("/") };
  }
  const [version = "", ...inside] = others;
  if (first === "" || version === "") throw invalidModelUri(uri);
  return { kind: "models", model: byVersionOrStage(first, version), path: inside.join("/") };
}

function byVersionOrStage(name: string, text: string): ModelReference {
  return /^\d+$/.test(text) ? { by: "version", name, version: text } : { by: "stage", name, stage: text };
}

function invalidModelUri(uri: string): AppError {
  const message = `Not a proper models:/ URI: ${uri}. Models URIs must be of the form 'models:/<model_id>', 'models:/<name>/<version>', 'models:/<name>/<stage>' or 'models:/<name>@<alias>'.`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
