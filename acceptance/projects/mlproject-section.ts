import { markdownTable } from "../markdown-table.ts";
import { type ProjectCase, PROJECT_CASES } from "./project-cases.ts";

/** The section about projects in `docs/COMPATIBILITY.md`. */
export function mlprojectSection(): string {
  const rows = [...PROJECT_CASES.map(rowOf), ...ONLY_OURS];
  const table = markdownTable(["Feature", "`mlflow run`", "`flightdeck run`"], rows);
  return ["## MLproject", INTRODUCTION, table].join("\n\n");
}

const INTRODUCTION = `Stock \`mlflow run\` (3.17.2) and \`flightdeck run\`, both with \`--env-manager local\`, run the same project against the
same server. The suite compares the exit code, the program's arguments and output, and the status, parameters and tags of
the runs. **same**: no difference. The suite \`acceptance/projects\` fails on a difference that is not in this table, and on one
that no longer occurs.`;

/** Features that need more than the local environment, tested in `packages/projects` and `acceptance/projects/databricks`. */
const ONLY_OURS: readonly (readonly string[])[] = [
  ["`node_env`: a package.json", "–", "`npm ci`, once per lockfile"],
  ["`python_env`", "needs pyenv or uv", "built with uv, which is installed if missing"],
  [
    "`conda_env` without conda",
    "not supported",
    "built with uv from PyPI equivalents; an error if one is missing",
  ],
  [
    "a Python that is not installed",
    "downloaded by pyenv or uv",
    "an error, or the nearest version with `--best-effort`",
  ],
  [
    "`-b databricks`: a job in a workspace",
    "submits it and exits",
    "the same requests; waits for the job, `--no-wait` as stock",
  ],
  ["`databricks_spark_job`", "a `spark_python_task`", "the same requests; waits as well"],
  ["`-b kubernetes`", "experimental", "not supported yet"],
  ["Ctrl-C, `kill -9` of the command", "the run may stay RUNNING", "all processes end, the run is KILLED"],
];

function rowOf({ feature, differs }: ProjectCase): readonly string[] {
  return [feature, differs?.stock ?? "same", differs?.ours ?? "same"];
}
