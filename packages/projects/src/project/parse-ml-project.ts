import { AppError } from "@flightdeck/core";
import { findBadKey } from "@flightdeck/environments";
import { type Document, isAlias, isCollection, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import {
  ENVIRONMENT_KINDS,
  type EntryPoint,
  type MlProject,
  type Parameter,
  PARAMETER_TYPES,
  type ParameterType,
  type ProjectEnvironment,
  type SparkJob,
} from "./project.ts";

/** A default is one value; a list or mapping has no form on a command line. */
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
    parameters: z.array(z.coerce.string(), { error: "must be a list of texts" }).nullish(),
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
type MlProjectYaml = z.infer<typeof mlProjectSchema>;
type ParameterYaml = z.infer<typeof parameterSchema>;

/**
 * Parses the text of an MLproject file. YAML is read as PyYAML reads it (version 1.1: `yes` is a boolean), and unknown
 * fields are passed over, as MLflow does. Throws `INVALID_PARAMETER_VALUE` with file and line.
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
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error) throw invalid(file, lines.linePos(error.pos[0]).line, error.message);
  const badKey = findBadKey(document);
  if (badKey !== undefined) throw invalid(file, lines.linePos(badKey.offset).line, badKey.problem);
  const parsed = mlProjectSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return toMlProject(parsed.data, document, file);
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const line = lines.linePos(offsetOf(document, path)).line;
  throw invalid(file, line, `${path.map(String).join(".")} ${issue?.message}`.trimStart());
}

function toMlProject(yaml: MlProjectYaml, document: Document, file: string): MlProject {
  const environment = environmentOf(yaml, file);
  const entries = Object.entries(yaml.entry_points ?? {});
  const sparkJob = sparkJobOf(yaml, file);
  return {
    ...(yaml.name !== undefined && yaml.name !== null && { name: yaml.name }),
    ...(environment !== undefined && { environment }),
    ...(sparkJob !== undefined && { sparkJob }),
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
  throw new AppError("INVALID_PARAMETER_VALUE", `${file} must declare at most one environment, got ${kinds}`);
}

/** The cluster's own Python runs it, so it has no environment, and its file or its entry points, as MLflow demands. */
function sparkJobOf(yaml: MlProjectYaml, file: string): SparkJob | undefined {
  const { databricks_spark_job: job, entry_points: entryPoints } = yaml;
  if (job === undefined || job === null) return undefined;
  const hasEntryPoints = Object.keys(entryPoints ?? {}).length > 0;
  const pythonFile = job.python_file ?? undefined;
  const environment = environmentOf(yaml, file);
  const problem =
    (pythonFile !== undefined) === hasEntryPoints
      ? `needs python_file or entry_points, and not both`
      : environment !== undefined
        ? `cannot stand beside ${environment.kind}`
        : undefined;
  if (problem !== undefined)
    throw new AppError("INVALID_PARAMETER_VALUE", `${file}: databricks_spark_job ${problem}`);
  return {
    ...(pythonFile !== undefined && { pythonFile }),
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
 * A YAML scalar as the text that a Python program gets from MLflow: `true` is "True", `1.0` keeps its fraction. A
 * number that JavaScript cannot hold exactly, and a date, stay as they were written; null means no default.
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

/** Where the innermost node of a path begins that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const range = rangeOf(nodeAt(document, path.slice(0, depth)));
    if (range !== undefined) return range;
  }
  return 0;
}

/** Follows aliases on the way, which the document's own `getIn` does not. */
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

function invalid(file: string, line: number, problem: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${file}, line ${line}: ${problem}`, { details: { line } });
}
