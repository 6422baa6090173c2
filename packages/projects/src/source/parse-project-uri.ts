import { AppError } from "@flightdeck/core";

/** Where a project's folder is. `subdirectory` is "" for the folder itself. */
export type ProjectLocation = { readonly path: string; readonly subdirectory: string };

const FILE_SCHEME = /^file:/i;
const GIT = /^(?:git@|ssh:|git:|git\+|https?:)|\.git$/i;

/**
 * Parses the URI of a project: a path, or `file:` with any number of slashes, and `#subdirectory`. Paths are taken as
 * they are, without percent-decoding, so that `file:///$PWD` works in every folder.
 *
 * Errors: `NOT_IMPLEMENTED` for git and zip sources, `INVALID_PARAMETER_VALUE` for what is no project URI.
 *
 * @example
 * ```ts
 * parseProjectUri("file:////data/repo#examples/airline"); // { path: "/data/repo", subdirectory: "examples/airline" }
 * ```
 */
export function parseProjectUri(uri: string): ProjectLocation {
  const unquoted = uri.replace(/^['"]+|['"]+$/g, ""); // MLflow strips quotes that a shell passed on.
  const hash = unquoted.indexOf("#");
  const source = hash < 0 ? unquoted : unquoted.slice(0, hash);
  const subdirectory = hash < 0 ? "" : checkedSubdirectory(unquoted.slice(hash + 1), uri);
  if (source === "") throw new AppError("INVALID_PARAMETER_VALUE", "project URI must not be empty");
  if (source.toLowerCase().endsWith(".zip")) throw notThereYet(uri, "a zip file");
  if (GIT.test(source)) throw notThereYet(uri, "a git repository");
  return { path: FILE_SCHEME.test(source) ? pathOfFileUri(source) : source, subdirectory };
}

/** `file:/path`, `file:///path`, `file:////path` and `file://localhost/path` name the same folder. */
function pathOfFileUri(uri: string): string {
  const [, slashes = "", rest = ""] = /^file:(\/*)(.*)$/is.exec(uri) ?? [];
  if (slashes.length === 1 || slashes.length > 2) return `/${rest}`;
  const local = /^localhost(?<path>\/.*)$/is.exec(rest)?.groups?.["path"];
  if (slashes.length === 2 && local !== undefined) return local;
  const message = `file URI must hold an absolute path, as in file:///data/project, got ${JSON.stringify(uri)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function checkedSubdirectory(subdirectory: string, uri: string): string {
  const segments = subdirectory.split("/");
  if (!subdirectory.startsWith("/") && !segments.includes("..") && !segments.includes("."))
    return subdirectory;
  const message = `project subdirectory must be relative without "." and "..", got ${JSON.stringify(uri)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function notThereYet(uri: string, kind: string): AppError {
  const message = `${uri} is ${kind}, which cannot be run directly yet: fetch it and give its folder instead`;
  return new AppError("NOT_IMPLEMENTED", message);
}
