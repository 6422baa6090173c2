import { markdownTable } from "../markdown-table.ts";
import { type ProjectCase, PROJECT_CASES } from "./project-cases.ts";

/** The section on projects of `docs/COMPATIBILITY.md`. */
export function mlprojectSection(): string {
  const rows = [...PROJECT_CASES.map(rowOf), ...ONLY_OURS];
  const table = markdownTable(["Feature", "`mlflow run`", "`flightdeck run`"], rows);
  return ["## MLproject", INTRODUCTION, table].join("\n\n");
}

const INTRODUCTION = `Stock \`mlflow run\` (3.17.2) and \`flightdeck run\`, both with \`--env-manager local\`, run the same project against the
same server. Compared are exit code, what the program was given and printed, and the runs: status, parameters, tags.
**same**: nothing differs. The suite \`acceptance/projects\` fails on a difference that is not in this table, and on one
that no longer occurs.`;

/** What needs more than the local environment, tested by `packages/projects` and `acceptance/projects/databricks`. */
const ONLY_OURS: readonly (readonly string[])[] = [
  ["`node_env`: a package.json", "–", "`npm ci`, once for each lockfile"],
  ["`python_env`", "needs pyenv or uv", "built by uv, installed when it is not there"],
  ["`conda_env` without conda", "needs it", "by uv: PyPI's counterparts; refused when one is missing"],
  [
    "a Python that is not installed",
    "fetched by pyenv or uv",
    "refused, or the nearest with `--best-effort`",
  ],
  [
    "`-b databricks`: a job of a workspace",
    "submits it and ends",
    "the same requests; follows the job to its end, `--no-wait` as stock",
  ],
  ["`databricks_spark_job`", "a `spark_python_task`", "the same requests; followed as well"],
  ["`-b kubernetes`", "experimental", "refused: not there yet"],
  ["Ctrl-C, `kill -9` of the command", "the run may stay RUNNING", "every process ends, the run is KILLED"],
];

function rowOf({ feature, differs }: ProjectCase): readonly string[] {
  return [feature, differs?.stock ?? "same", differs?.ours ?? "same"];
}
