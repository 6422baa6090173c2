import { z } from "zod";
import { parseConstraints } from "../python/version-constraint.ts";
import type { PythonDefinition } from "./environment-definition.ts";
import { invalidLine, listOf, readYaml } from "./read-yaml.ts";

const requirements = listOf(z.string({ error: "must be a requirement, as text" }));
/** Fields of MLflow's `_PythonEnv`; it refuses any other too. */
const schema = z.strictObject(
  {
    python: z.string({ error: "must be a version" }).optional(),
    build_dependencies: requirements,
    dependencies: requirements,
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `must hold only python, build_dependencies and dependencies, got ${issue.keys.join(", ")}`
        : "must be a mapping of python, build_dependencies and dependencies",
  },
);

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
