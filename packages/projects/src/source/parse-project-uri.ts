import { invalid } from "@flightdeck/core";

/** Where a project comes from. `subdirectory` is "" for the root itself. */
export type ProjectLocation = { readonly subdirectory: string } & (
  | { readonly kind: "folder"; readonly path: string }
  /** `repository` is what `git fetch` takes. */
  | { readonly kind: "git"; readonly repository: string }
  /** `archive` is a local path or an http(s) URL. */
  | { readonly kind: "zip"; readonly archive: string }
);

const FILE_SCHEME = /^file:/i;
const WEB = /^https?:\/\//i;
/** Git URLs, and the short form of ssh: `user@host:path`. */
const GIT_URL = /^(?:https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/i;

/**
 * Parses the URI of a project: a path, `file:` with any number of slashes, a git repository by https, ssh or git, or a zip
 * file by path or http(s); each with an optional `#subdirectory`. Paths are not percent-decoded, so that `file:///$PWD`
 * works in every folder. A local repository counts as a folder.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for anything else.
 *
 * @example
 * ```ts
 * parseProjectUri("file:////data/repo#examples/airline");
 * // { kind: "folder", path: "/data/repo", subdirectory: "examples/airline" }
 * ```
 */
export function parseProjectUri(uri: string): ProjectLocation {
  const unquoted = uri.replace(/^['"]+|(?<!['"])['"]+$/g, ""); // MLflow strips surrounding quotes too.
  const hash = unquoted.indexOf("#");
  const source = hash < 0 ? unquoted : unquoted.slice(0, hash);
  const subdirectory = hash < 0 ? "" : checkedSubdirectory(unquoted.slice(hash + 1), uri);
  if (source === "") throw invalid("project URI must not be empty");
  return { ...parseSource(source), subdirectory };
}

type Source = ProjectLocation extends infer T ? (T extends unknown ? Omit<T, "subdirectory"> : never) : never;

function parseSource(source: string): Source {
  const isZip = source.toLowerCase().endsWith(".zip");
  const plain = source.replace(/^git\+(?=[a-z]+:\/\/)/i, ""); // pip's notation for a repository.
  if (FILE_SCHEME.test(plain)) {
    const path = pathOfFileUri(plain);
    return isZip ? { kind: "zip", archive: path } : { kind: "folder", path };
  }
  if (isZip && (WEB.test(source) || !GIT_URL.test(source))) return { kind: "zip", archive: source };
  return GIT_URL.test(plain) ? { kind: "git", repository: plain } : { kind: "folder", path: source };
}

/** `file:/path`, `file:///path`, `file:////path` and `file://localhost/path` all mean `/path`. */
function pathOfFileUri(uri: string): string {
  const [, slashes = "", rest = ""] = /^file:(\/*)(.*)$/is.exec(uri) ?? [];
  if (slashes.length === 1 || slashes.length > 2) return `/${rest}`;
  const local = /^localhost(?<path>\/.*)$/is.exec(rest)?.groups?.["path"];
  if (slashes.length === 2 && local !== undefined) return local;
  const message = `file URI must have an absolute path, as in file:///data/project, got ${JSON.stringify(uri)}`;
  throw invalid(message);
}

function checkedSubdirectory(subdirectory: string, uri: string): string {
  const segments = subdirectory.split("/");
  if (!subdirectory.startsWith("/") && !segments.includes("..") && !segments.includes("."))
    return subdirectory;
  const message = `project subdirectory must be relative without "." and "..", got ${JSON.stringify(uri)}`;
  throw invalid(message);
}
