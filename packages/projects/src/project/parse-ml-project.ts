import { invalid } from "@flightdeck/core";
import { findBadKey, invalidLine } from "@flightdeck/environments";
import { existsSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type Document,
  isAlias,
  isCollection,
  isScalar,
  LineCounter,
  parseDocument,
  type ScalarTag,
  type Tags,
  visit,
} from "yaml";
import { z } from "zod";
import {
  type EntryPoint,
  ENVIRONMENT_KINDS,
  type MlProject,
  type Parameter,
  PARAMETER_TYPES,
  type ParameterType,
  type Project,
  type ProjectEnvironment,
  type SparkJob,
} from "./project.ts";

/** A default must be a scalar; a list or mapping cannot be written on a command line. */
const scalar = z.union([z.string(), z.number(), z.boolean(), z.date(), z.null()], {
  error: "must be a single value",
});

const parameterSchema = z.union(
  [z.string(), z.looseObject({ type: z.string().optional(), default: scalar.optional() })],
  {
    error: "must be a type, or a mapping of type and default whose default is a single value",
  },
);

const entryPointSchema = z.looseObject({
  parameters: z.record(z.string(), parameterSchema, { error: "must be a mapping" }).nullish(),
  command: z.string({ error: "must be the command to run, as text" }),
});

const sparkJobSchema = z.looseObject(
  {
    python_file: z.string({ error: "must be the path of a Python file" }).nullish(),
    parameters: z.array(z.coerce.string(), { error: "must be a list of strings" }).nullish(),
    python_libraries: z.array(z.string(), { error: "must be a list of requirements" }).nullish(),
  },
  { error: "must be a mapping of python_file, parameters and python_libraries" },
);

const mlProjectSchema = z.looseObject(
  {
    name: z.string({ error: "must be text" }).nullish(),
    entry_points: z.record(z.string(), entryPointSchema, { error: "must be a mapping" }).nullish(),
    conda_env: z.string({ error: "must be the path of a conda environment file" }).nullish(),
    python_env: z.string({ error: "must be the path of a python_env.yaml file" }).nullish(),
    node_env: z.string({ error: "must be the path of a package.json" }).nullish(),
    databricks_spark_job: sparkJobSchema.nullish(),
    docker_env: z.looseObject({ image: z.string({ error: "must name the image" }) }).nullish(),
  },
  { error: "must be a mapping with name, entry_points and at most one environment" },
);

const BOOLEAN_TAG = "tag:yaml.org,2002:bool";

const BOOLEANS_OF_PYYAML: readonly ScalarTag[] = [
  { tag: BOOLEAN_TAG, default: true, test: /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/, resolve: () => true },
  { tag: BOOLEAN_TAG, default: true, test: /^(?:[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/, resolve: () => false },
];

type MlProjectYaml = z.infer<typeof mlProjectSchema>;

type ParameterYaml = z.infer<typeof parameterSchema>;

/** MLproject files are written by hand; anything larger is something else. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Environment files that are used without being declared, as in MLflow. */
const UNDECLARED_ENVIRONMENTS: readonly ProjectEnvironment[] = [
  { kind: "python_env", definition: "python_env.yaml" },
  { kind: "conda_env", definition: "conda.yaml" },
];

/**
 * Parses the text of an MLproject file. Reads YAML as PyYAML does: version 1.1, where `yes` is a boolean, but `y` is not.
 * Keys are always text. Unknown fields are ignored, as in MLflow. Throws `INVALID_PARAMETER_VALUE` with file and line.
 *
 * @example
 * ```ts
 * const { entryPoints } = parseMlProject("entry_points:\n  main:\n    command: node train.ts\n", "MLproject");
 * entryPoints[0]?.command; // "node train.ts"
 * ```
 */
export function parseMlProject(text: string, file: string): MlProject {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    customTags: withBooleansOfPyYaml,
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error) throw invalidLine(file, lines.linePos(error.pos[0]).line, error.message);
  const badKey = findBadKey(document);
  if (badKey !== undefined) throw invalidLine(file, lines.linePos(badKey.offset).line, badKey.problem);
  readKeysAsText(document);
  const parsed = mlProjectSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return toMlProject(parsed.data, document, file);
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const line = lines.linePos(offsetOf(document, path)).line;
  throw invalidLine(file, line, `${path.map(String).join(".")} ${issue?.message}`.trimStart());
}

/** In YAML 1.1 `y` and `n` are booleans too, but PyYAML, and so MLflow, reads them as text (`yaml/resolver.py`). */
function withBooleansOfPyYaml(tags: Tags): Tags {
  const others = tags.filter((tag) => typeof tag === "string" || tag.tag !== BOOLEAN_TAG);
  return [...BOOLEANS_OF_PYYAML, ...others];
}

/** A parameter may be named `on` or `no`: restores the name as written where YAML made it a boolean. */
function readKeysAsText(document: Document): void {
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value === "boolean" && key.source !== undefined) key.value = key.source;
    },
  });
}

function toMlProject(yaml: MlProjectYaml, document: Document, file: string): MlProject {
  const environment = environmentOf(yaml, file);
  const entries = Object.entries(yaml.entry_points ?? {});
  const sparkJob = sparkJobOf(yaml, file);
  return {
    name: yaml.name ?? undefined,
    environment,
    sparkJob,
    entryPoints: entries.map(([name, entry]): EntryPoint => {
      const parameters = Object.entries(entry.parameters ?? {});
      return {
        name,
        command: entry.command,
        parameters: parameters.map(([key, parameter]) => {
          const defaultNode = nodeAt(document, ["entry_points", name, "parameters", key, "default"]);
          return toParameter(key, parameter, defaultNode);
        }),
      };
    }),
  };
}

function environmentOf(yaml: MlProjectYaml, file: string): ProjectEnvironment | undefined {
  const definitions = { ...yaml, docker_env: yaml.docker_env?.image };
  const declared = ENVIRONMENT_KINDS.flatMap((kind) => {
    const definition = definitions[kind];
    return definition === undefined || definition === null ? [] : [{ kind, definition }];
  });
  if (declared.length <= 1) return declared[0];
  const kinds = declared.map(({ kind }) => kind).join(" and ");
  throw invalid(`${file} must declare at most one environment, got ${kinds}`);
}

/** The cluster's own Python runs the job, so MLflow allows no environment, and requires a file or entry points. */
function sparkJobOf(yaml: MlProjectYaml, file: string): SparkJob | undefined {
  const { databricks_spark_job: job, entry_points: entryPoints } = yaml;
  if (job === undefined || job === null) return undefined;
  const hasEntryPoints = Object.keys(entryPoints ?? {}).length > 0;
  const pythonFile = job.python_file ?? undefined;
  const environment = environmentOf(yaml, file);
  const problem =
    (pythonFile !== undefined) === hasEntryPoints
      ? `needs either python_file or entry_points, not both`
      : environment !== undefined
        ? `cannot be combined with ${environment.kind}`
        : undefined;
  if (problem !== undefined) throw invalid(`${file}: databricks_spark_job ${problem}`);
  return {
    pythonFile,
    parameters: job.parameters ?? [],
    pythonLibraries: job.python_libraries ?? [],
  };
}

function toParameter(name: string, yaml: ParameterYaml, defaultNode: unknown): Parameter {
  const declared = typeof yaml === "string" ? yaml : (yaml.type ?? "string");
  const type = isParameterType(declared) ? declared : "string";
  const text = isScalar(defaultNode) ? textOf(defaultNode.value, defaultNode.source ?? "") : undefined;
  return text === undefined ? { name, type } : { name, type, default: text };
}

function isParameterType(type: string): type is ParameterType {
  return (PARAMETER_TYPES as readonly string[]).includes(type); // Widened: `includes` takes only members otherwise.
}

/**
 * A YAML scalar as the text that MLflow passes to a Python program: `true` becomes "True", `1.0` keeps its fraction.
 * Numbers that JavaScript cannot represent exactly, and dates, keep their source text. Null means no default.
 */
function textOf(value: unknown, written: string): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "number" || !Number.isFinite(value)) return written;
  if (!Number.isInteger(value)) return String(value);
  if (!Number.isSafeInteger(value)) return written;
  return /^[^xX]*[.eE]/.test(written) ? `${value}.0` : String(value);
}

/** The offset of the innermost existing node along a path. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const range = rangeOf(nodeAt(document, path.slice(0, depth)));
    if (range !== undefined) return range;
  }
  return 0;
}

/** Resolves aliases along the path, which the document's own `getIn` does not. */
function nodeAt(document: Document, path: readonly PropertyKey[]): unknown {
  let node: unknown = document.contents;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    node = isCollection(node) ? node.get(key, true) : undefined;
  }
  return isAlias(node) ? node.resolve(document) : node;
}

function rangeOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const range: unknown = node.range;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}

/**
 * Reads the project in a folder. A folder without an MLproject file is a project too, with no declared entry points.
 * Throws `INVALID_PARAMETER_VALUE` for an invalid MLproject file, or one that names a missing environment file.
 */
export async function loadProject(path: string): Promise<Project> {
  const folder = await realpath(path);
  const file = (await readdir(folder)).find((name) => name.toLowerCase() === "mlproject");
  const declared: MlProject = file === undefined ? { entryPoints: [] } : await readMlProject(folder, file);
  const environment =
    declared.environment ?? UNDECLARED_ENVIRONMENTS.find((each) => definitionExists(folder, each));
  if (environment !== undefined && !definitionExists(folder, environment)) {
    const message = `${file}: ${environment.kind} names ${environment.definition}, which is not in the project`;
    throw invalid(message);
  }
  return {
    ...declared,
    folder,
    file,
    environment,
  };
}

async function readMlProject(folder: string, file: string): Promise<MlProject> {
  const path = join(folder, file);
  const stats = await stat(path);
  if (!stats.isFile() || stats.size > FILE_BYTES_MAX) {
    const message = `${path} must be a text file of at most ${FILE_BYTES_MAX} bytes`;
    throw invalid(message);
  }
  return parseMlProject(await readFile(path, "utf8"), path);
}

function definitionExists(folder: string, { kind, definition }: ProjectEnvironment): boolean {
  return kind === "docker_env" || existsSync(join(folder, definition));
}
