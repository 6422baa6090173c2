import { invalid } from "@flightdeck/core";
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";

/** Requirements that no longer depend on the folder they came from. */
export type ExpandedRequirements = {
  /** Requirement lines with absolute file paths. */
  readonly lines: readonly string[];
  /** The same lines with the contents of the files that they include. */
  readonly contents: readonly string[];
};

type Place = { readonly folder: string; readonly source: string; readonly depth: number };

/** Requirements files are written by hand or by a resolver and have at most some thousand lines. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Stops at files that include each other in a cycle. */
const DEPTH_MAX = 10;

const FILE_OPTION = /^(?<option>-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?<=^-[rc]))(?<path>\S.*)$/;
/** A local package. Its content is unknown, so the line is identified by its folder. */
const LOCAL = /^(?:-e\s|--editable\s|\.{0,2}\/|\.+$|file:)|@\s*file:/;

/** Reads the files that requirements include with `-r` and `-c`. Throws `INVALID_PARAMETER_VALUE` for a missing one. */
export async function expandRequirements(
  requirements: readonly string[],
  { folder, source }: Pick<Place, "folder" | "source">,
): Promise<ExpandedRequirements> {
  const lines = requirements.map(withoutComment).filter((line) => line !== "");
  const absolute = lines.map((line) => withFile(line, (path) => resolve(folder, path)));
  return { lines: absolute, contents: await contentsOf(lines, { folder, source, depth: 0 }) };
}

async function contentsOf(lines: readonly string[], place: Place): Promise<readonly string[]> {
  const contents: string[] = [];
  for (const line of lines) {
    const named = FILE_OPTION.exec(line)?.groups?.["path"];
    if (named === undefined || isUrl(named)) {
      contents.push(LOCAL.test(line) ? `${line} in ${place.folder}` : line);
      continue;
    }
    const path = resolve(place.folder, named);
    const text = await readRequirements(path, { ...place, source: `${place.source}: ${line}` });
    const inner = text
      .split("\n")
      .map(withoutComment)
      .filter((each) => each !== "");
    contents.push(line[1] === "c" ? "constraints" : "requirements");
    contents.push(
      ...(await contentsOf(inner, { folder: dirname(path), source: named, depth: place.depth + 1 })),
    );
  }
  return contents;
}

async function readRequirements(path: string, { source, depth }: Place): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  const problem =
    (stats === undefined && "no such file") ||
    (stats?.isFile() !== true && "not a file") ||
    ((stats?.size ?? 0) > FILE_BYTES_MAX && `it has more than ${FILE_BYTES_MAX} bytes`) ||
    (depth >= DEPTH_MAX && `files are nested more than ${DEPTH_MAX} deep`);
  if (problem === false) return await readFile(path, "utf8");
  throw invalid(`${source}: ${problem}`);
}

/** In pip, `#` starts a comment only at the start of a word. */
function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/s, "").trim();
}

function withFile(line: string, change: (path: string) => string): string {
  const { option, path } = FILE_OPTION.exec(line)?.groups ?? {};
  if (option === undefined || path === undefined || isUrl(path) || isAbsolute(path)) return line;
  return `${option} ${change(path)}`;
}

function isUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}
