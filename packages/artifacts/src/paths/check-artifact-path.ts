import { AppError } from "@flightdeck/core";

/** The longest key that S3 takes, so that a folder's content can always be moved there. */
export const PATH_BYTES_MAX = 1024;
/** NAME_MAX of Linux and macOS file systems. */
export const SEGMENT_BYTES_MAX = 255;

/**
 * How often a path may be percent-encoded on top of its own spelling before it is refused unread. Clients encode once,
 * proxies between may do so again; nobody does so eight times but to hide something.
 */
const ENCODINGS_MAX = 8;

type Rule = { readonly broken: (path: string) => boolean; readonly says: string };

/** Source of the forbidden characters: published attacks on artifact servers, each of which used one of them. */
const RULES: readonly Rule[] = [
  // First, so that the others read no more.
  {
    broken: (path) => path.length > PATH_BYTES_MAX || byteLength(path) > PATH_BYTES_MAX,
    says: `it is longer than ${PATH_BYTES_MAX} bytes`,
  },
  { broken: (path) => path.includes("\\"), says: "it must not contain a backslash" },
  { broken: (path) => /\p{Cc}/u.test(path), says: "it must not contain control characters" },
  { broken: (path) => /[#;?]/.test(path), says: "it must not contain '#', ';' or '?'" },
  { broken: (path) => !path.isWellFormed(), says: "it must be valid Unicode" },
  { broken: (path) => path.startsWith("/"), says: "it must be relative" },
  { broken: (path) => /^[A-Za-z]:(\/|$)/.test(path), says: "it must be relative" },
  { broken: (path) => path.includes("//"), says: "it must not contain '//'" },
  { broken: (path) => segmentsOf(path).includes(".."), says: "it must not contain '..'" },
  { broken: (path) => segmentsOf(path).includes("."), says: "it must not contain '.' as a segment" },
  {
    broken: (path) => segmentsOf(path).some((segment) => byteLength(segment) > SEGMENT_BYTES_MAX),
    says: `it has a segment longer than ${SEGMENT_BYTES_MAX} bytes`,
  },
];

/** Rules on what a path becomes for whoever decodes it once more than they should. */
const RULES_DECODED: readonly Rule[] = [
  { broken: (path) => /[\\\p{Cc}]/u.test(path), says: "it hides a backslash or a control character" },
  { broken: (path) => path.startsWith("/"), says: "it hides an absolute path" },
  {
    broken: (path) => segmentsOf(path).some((segment) => segment === ".." || segment === "."),
    says: "it hides '.' or '..' as a segment",
  },
];

/**
 * Takes a relative, `/`-separated artifact path as text, after any percent-decoding, and gives it back in its one
 * spelling: without the trailing slash that some clients put behind a folder. "" is the root. Throws
 * `INVALID_PARAMETER_VALUE` for every path that could mean a place outside of the root.
 */
export function checkArtifactPath(path: string): string {
  const broken = RULES.find((rule) => rule.broken(path));
  if (broken !== undefined) throw invalidPath(path, broken.says);
  if (path.includes("%")) checkDecoded(path);
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** A name may have a percent sign, as `100%25.txt`; what it stands for at any depth may not lead anywhere else. */
function checkDecoded(path: string): void {
  let decoded = path;
  for (let round = 0; round < ENCODINGS_MAX; round++) {
    const before = decoded;
    decoded = before.replace(/%[0-7][0-9a-f]/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
    if (decoded === before) return;
    const broken = RULES_DECODED.find((rule) => rule.broken(decoded));
    if (broken !== undefined) throw invalidPath(path, broken.says);
  }
  throw invalidPath(path, `it is percent-encoded more than ${ENCODINGS_MAX} times`);
}

/** As `checkArtifactPath`, where the root itself is not meant. */
export function checkNonEmptyArtifactPath(path: string): string {
  const checked = checkArtifactPath(path);
  if (checked === "") throw invalidPath(path, "it must not be empty");
  return checked;
}

/**
 * Decodes the path part of a URL, once, and checks it. What is percent-encoded twice stays encoded once: it is the name of
 * a file then, unless decoding it further would lead elsewhere.
 */
export function decodeArtifactPath(encoded: string): string {
  try {
    return checkArtifactPath(decodeURIComponent(encoded));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalidPath(encoded, "it must be percent-encoded UTF-8");
  }
}

/** The path as a URL carries it: each segment percent-encoded. */
export function encodeArtifactPath(path: string): string {
  return segmentsOf(checkArtifactPath(path)).map(encodeURIComponent).join("/");
}

/** Joins two checked paths, either of which may be "". */
export function joinArtifactPath(folder: string, path: string): string {
  return checkArtifactPath([folder, path].filter((part) => part !== "").join("/"));
}

const SHOWN_CHARS_MAX = 200; // Enough to recognise a path, short enough for one line.

export function invalidPath(path: string, says: string): AppError {
  const shown = path.length > SHOWN_CHARS_MAX ? `${path.slice(0, SHOWN_CHARS_MAX)}…` : path;
  // JSON text shows control characters instead of passing them on to a terminal or a log.
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid path ${JSON.stringify(shown)}: ${says}`);
}

function segmentsOf(path: string): string[] {
  return path.split("/");
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
