import { AppError, messageOf } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isMap, isScalar, parseDocument } from "yaml";
import type { EnvironmentDefinition, NodeDefinition } from "./environment-definition.ts";
import { parseCondaEnv } from "./parse-conda-env.ts";
import { parsePythonEnv } from "./parse-python-env.ts";

export type ReadDefinitionOptions = {
  readonly path: string;
  /** Absent: told by the file itself. */
  readonly kind?: EnvironmentDefinition["kind"] | undefined;
  /** How messages name the file; default its path. */
  readonly source?: string;
  /** What relative paths in the file start from, for a `python_env`; default the file's folder. */
  readonly folder?: string;
};

/** Environment files are written by hand; a lockfile of a large project has a few MiB. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** What `npm ci` reads; of those only `.npmrc` may be missing. */
const NODE_FILES = ["package.json", "package-lock.json", ".npmrc"] as const;

/**
 * Reads the file that defines an environment: a conda file, a `python_env.yaml` or a `package.json`. Throws
 * `INVALID_PARAMETER_VALUE` with file and line for what is wrong with it.
 */
export async function readDefinition(options: ReadDefinitionOptions): Promise<EnvironmentDefinition> {
  const file = resolve(options.path);
  const { source = options.path, folder = dirname(file) } = options;
  const text = await readText(file, source);
  switch (options.kind ?? kindOf(file, text)) {
    case "node_env":
      return await readNodeEnv(file, source);
    case "python_env":
      return parsePythonEnv(text, { source, folder });
    case "conda_env":
      return parseCondaEnv(text, { source, folder: dirname(file), file });
  }
}

/** A `python_env` names Python and its dependencies; a conda file has a name, channels or packages. */
function kindOf(file: string, text: string): EnvironmentDefinition["kind"] {
  if (basename(file) === "package.json") return "node_env";
  if (basename(file) === "python_env.yaml") return "python_env";
  const keys = topLevelKeys(text);
  return keys.includes("python") || keys.includes("build_dependencies") ? "python_env" : "conda_env";
}

/** None for text that is not YAML, which the parser then complains of with its line. */
function topLevelKeys(text: string): readonly string[] {
  const { contents, errors } = parseDocument(text, { logLevel: "silent", uniqueKeys: false });
  if (errors.length > 0 || !isMap(contents)) return [];
  return contents.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
}

async function readNodeEnv(file: string, source: string): Promise<NodeDefinition> {
  const folder = dirname(file);
  const there = NODE_FILES.filter((name) => existsSync(join(folder, name)));
  if (!there.includes("package-lock.json")) {
    const message = `node_env ${source} needs a package-lock.json beside it, since npm ci installs what that says; write one with: npm install --package-lock-only`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const texts = there.map(async (name) => [name, await readText(join(folder, name), name)] as const);
  return { kind: "node_env", source, folder, files: new Map(await Promise.all(texts)) };
}

async function readText(file: string, source: string): Promise<string> {
  const stats = await stat(file).catch((cause: unknown) => {
    const message = `environment file ${source} cannot be read: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  });
  if (stats.isFile() && stats.size <= FILE_BYTES_MAX) return await readFile(file, "utf8");
  const message = `environment file ${source} must be a text file of at most ${FILE_BYTES_MAX} bytes`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
