import { AppError, codeOf } from "@flightdeck/core";
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";

/** The longest S3 key, so that every artifact can be moved to S3. */
const PATH_BYTES_MAX = 1024;
/** NAME_MAX of Linux and macOS file systems. */
const SEGMENT_BYTES_MAX = 255;

/**
 * How many extra layers of percent-encoding are decoded before a path is rejected. Clients encode once and proxies may do so
 * again; eight layers can only be an attempt to hide something.
 */
const ENCODINGS_MAX = 8;

type Rule = { readonly broken: (path: string) => boolean; readonly problem: string };

/** The forbidden characters come from published attacks on artifact servers, each of which used one of them. */
const RULES: readonly Rule[] = [
  // First, so that the other rules only see short paths.
  {
    broken: (path) => path.length > PATH_BYTES_MAX || byteLength(path) > PATH_BYTES_MAX,
    problem: `it is longer than ${PATH_BYTES_MAX} bytes`,
  },
  { broken: (path) => path.includes("\\"), problem: "it must not contain a backslash" },
  { broken: (path) => /\p{Cc}/u.test(path), problem: "it must not contain control characters" },
  { broken: (path) => /[#;?]/.test(path), problem: "it must not contain '#', ';' or '?'" },
  { broken: (path) => !path.isWellFormed(), problem: "it must be valid Unicode" },
  { broken: (path) => path.startsWith("/"), problem: "it must be relative" },
  { broken: (path) => /^[A-Za-z]:(\/|$)/.test(path), problem: "it must be relative" },
  { broken: (path) => path.includes("//"), problem: "it must not contain '//'" },
  { broken: (path) => segmentsOf(path).includes(".."), problem: "it must not contain '..'" },
  { broken: (path) => segmentsOf(path).includes("."), problem: "it must not contain '.' as a segment" },
  {
    broken: (path) => segmentsOf(path).some((segment) => byteLength(segment) > SEGMENT_BYTES_MAX),
    problem: `it has a segment longer than ${SEGMENT_BYTES_MAX} bytes`,
  },
];

/** Rules for a path after extra decoding, in case another program decodes it once too often. */
const RULES_DECODED: readonly Rule[] = [
  { broken: (path) => /[\\\p{Cc}]/u.test(path), problem: "it hides a backslash or a control character" },
  { broken: (path) => path.startsWith("/"), problem: "it hides an absolute path" },
  {
    broken: (path) => segmentsOf(path).some((segment) => segment === ".." || segment === "."),
    problem: "it hides '.' or '..' as a segment",
  },
];

/**
 * Checks a relative, `/`-separated, already decoded artifact path and returns it without the trailing slash that some clients
 * add to folders. "" is the root. Throws `INVALID_PARAMETER_VALUE` for every path that could refer to a file outside the root.
 */
export function checkArtifactPath(path: string): string {
  const broken = RULES.find((rule) => rule.broken(path));
  if (broken !== undefined) throw invalidPath(path, broken.problem);
  if (path.includes("%")) checkDecoded(path);
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** A name may contain a percent sign, such as `100%25.txt`, but must not escape after any number of decodings. */
function checkDecoded(path: string): void {
  let decoded = path;
  for (let round = 0; round < ENCODINGS_MAX; round++) {
    const before = decoded;
    decoded = before.replace(/%[0-7][0-9a-f]/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
    if (decoded === before) return;
    const broken = RULES_DECODED.find((rule) => rule.broken(decoded));
    if (broken !== undefined) throw invalidPath(path, broken.problem);
  }
  throw invalidPath(path, `it is percent-encoded more than ${ENCODINGS_MAX} times`);
}

/** Like `checkArtifactPath`, but rejects the root itself. */
export function checkNonEmptyArtifactPath(path: string): string {
  const checked = checkArtifactPath(path);
  if (checked === "") throw invalidPath(path, "it must not be empty");
  return checked;
}

/**
 * Decodes the path part of a URL once and checks it. A path that was encoded twice remains encoded once, as a literal file
 * name, unless decoding it again would make it escape.
 */
export function decodeArtifactPath(encoded: string): string {
  try {
    return checkArtifactPath(decodeURIComponent(encoded));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalidPath(encoded, "it must be percent-encoded UTF-8");
  }
}

/**
 * Percent-encodes each segment of a path for a URL. Throws `INVALID_PARAMETER_VALUE` for a path that could leave its root.
 *
 * @example
 * ```ts
 * encodeArtifactPath("notes/a b.txt"); // "notes/a%20b.txt"
 * ```
 */
export function encodeArtifactPath(path: string): string {
  return segmentsOf(checkArtifactPath(path)).map(encodeURIComponent).join("/");
}

/**
 * Joins two checked paths, either of which may be "".
 *
 * @example
 * ```ts
 * joinArtifactPath("", "model/MLmodel"); // "model/MLmodel"
 * ```
 */
export function joinArtifactPath(folder: string, path: string): string {
  return checkArtifactPath([folder, path].filter((part) => part !== "").join("/"));
}

const SHOWN_CHARS_MAX = 200; // Enough to recognise a path, short enough for one line.

function invalidPath(path: string, problem: string): AppError {
  const shown = path.length > SHOWN_CHARS_MAX ? `${path.slice(0, SHOWN_CHARS_MAX)}…` : path;
  // JSON escapes control characters, which must not reach a terminal or a log.
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid path ${JSON.stringify(shown)}: ${problem}`);
}

function segmentsOf(path: string): string[] {
  return path.split("/");
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * The only way to turn an artifact path into a path on disk. Checks the text, resolves symlinks as far as the path exists, and
 * rejects paths that lead outside `root`. Neither the path nor the root need to exist.
 */
export async function resolveArtifactPath(root: string, path: string): Promise<string> {
  const checked = checkArtifactPath(path);
  const realRoot = await realpathOfExisting(resolve(root), path);
  const target = checked === "" ? realRoot : await realpathOfExisting(join(realRoot, checked), path);
  if (!isWithin(realRoot, target)) throw invalidPath(path, "it leads outside the artifact root");
  return target;
}

/** The real path of the longest existing prefix, followed by the rest. */
async function realpathOfExisting(place: string, path: string): Promise<string> {
  try {
    return await realpath(place);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ELOOP") throw invalidPath(path, "it goes through a loop of symbolic links");
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
  if (await isLink(place)) throw invalidPath(path, "it goes through a dangling symbolic link");
  const parent = dirname(place);
  return parent === place ? place : join(await realpathOfExisting(parent, path), basename(place));
}

async function isLink(place: string): Promise<boolean> {
  return lstat(place).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

function isWithin(root: string, place: string): boolean {
  return place === root || place.startsWith(root.endsWith(sep) ? root : root + sep);
}
