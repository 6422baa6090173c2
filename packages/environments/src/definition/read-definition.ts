import { invalid, messageOf } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isMap, isScalar, parseDocument } from "yaml";
import { z } from "zod";
import { parseConstraints } from "../python/version-constraint.ts";
import type { EnvironmentDefinition, NodeDefinition, PythonDefinition } from "./environment-definition.ts";
import { parseCondaEnv } from "./parse-conda-env.ts";
import { invalidLine, listOf, readYaml } from "./read-yaml.ts";

/** Which file defines an environment, and how to read it. */
export type ReadDefinitionOptions = {
  readonly path: string;
  /** Default: detected from the file's name and content. */
  readonly kind?: EnvironmentDefinition["kind"] | undefined;
  /** The file's name in messages; default its path. */
  readonly source?: string | undefined;
  /** Relative paths in a `python_env` are resolved against it; default the file's folder. */
  readonly folder?: string | undefined;
};

/** Environment files are written by hand; the lockfile of a large project has a few MiB. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** The files that `npm ci` reads. Only `.npmrc` is optional. */
const NODE_FILES = ["package.json", "package-lock.json", ".npmrc"] as const;

const requirements = listOf(z.string({ error: "must be a requirement, as text" }));

/** The fields of MLflow's `_PythonEnv`, which rejects any other as well. */
const schema = z.strictObject(
  {
    python: z.string({ error: "must be a version" }).optional(),
    build_dependencies: requirements,
    dependencies: requirements,
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `must contain only python, build_dependencies and dependencies, got ${issue.keys.join(", ")}`
        : "must be a mapping of python, build_dependencies and dependencies",
  },
);

/**
 * Reads the file that defines an environment: a conda file, a `python_env.yaml` or a `package.json`. Throws
 * `INVALID_PARAMETER_VALUE` with file and line if it is invalid.
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

/** Only a `python_env` has the top-level keys `python` or `build_dependencies`. */
function kindOf(file: string, text: string): EnvironmentDefinition["kind"] {
  if (basename(file) === "package.json") return "node_env";
  if (basename(file) === "python_env.yaml") return "python_env";
  const keys = topLevelKeys(text);
  return keys.includes("python") || keys.includes("build_dependencies") ? "python_env" : "conda_env";
}

/** Empty for text that is not YAML; the parser will report the error with its line. */
function topLevelKeys(text: string): readonly string[] {
  const { contents, errors } = parseDocument(text, { logLevel: "silent", uniqueKeys: false });
  if (errors.length > 0 || !isMap(contents)) return [];
  return contents.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
}

async function readNodeEnv(file: string, source: string): Promise<NodeDefinition> {
  const folder = dirname(file);
  const there = NODE_FILES.filter((name) => existsSync(join(folder, name)));
  if (!there.includes("package-lock.json")) {
    const message = `node_env ${source} needs a package-lock.json beside it, because npm ci installs from the lockfile; create one with: npm install --package-lock-only`;
    throw invalid(message);
  }
  const texts = there.map(async (name) => [name, await readText(join(folder, name), name)] as const);
  return { kind: "node_env", source, folder, files: new Map(await Promise.all(texts)) };
}

async function readText(file: string, source: string): Promise<string> {
  const stats = await stat(file).catch((cause: unknown) => {
    const message = `environment file ${source} cannot be read: ${messageOf(cause)}`;
    throw invalid(message, { cause });
  });
  if (stats.isFile() && stats.size <= FILE_BYTES_MAX) return await readFile(file, "utf8");
  const message = `environment file ${source} must be a text file of at most ${FILE_BYTES_MAX} bytes`;
  throw invalid(message);
}

/** Parses a `python_env.yaml`. Throws `INVALID_PARAMETER_VALUE` with file and line. */
export function parsePythonEnv(
  text: string,
  { source, folder }: Pick<PythonDefinition, "source" | "folder">,
): PythonDefinition {
  const { data, lineOf } = readYaml(text, source, schema);
  const python = parseConstraints(data.python ?? "");
  if (python === undefined) {
    const problem = `python must be a version such as 3.11 or >=3.10,<3.13, got ${JSON.stringify(data.python)}`;
    throw invalidLine(source, lineOf(["python"]), problem);
  }
  return {
    kind: "python_env",
    source,
    folder,
    python,
    buildDependencies: data.build_dependencies ?? [],
    dependencies: data.dependencies ?? [],
  };
}
