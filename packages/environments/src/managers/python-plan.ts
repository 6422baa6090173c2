import { AppError } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mapCondaPackages, type MappedPackage } from "../conda/map-conda-packages.ts";
import type { CondaDefinition, PythonDefinition } from "../definition/environment-definition.ts";
import { choosePython, type ChosenPython } from "../python/choose-python.ts";
import { expandRequirements, type ExpandedRequirements } from "../python/expand-requirements.ts";
import { findPythons, findUsualPython } from "../python/find-pythons.ts";
import { allowsVersion, shownConstraints } from "../python/version-constraint.ts";
import type {
  BuildContext,
  EnvironmentManagerName,
  EnvironmentPlan,
  PlanOptions,
} from "./environment-manager.ts";

/** The two steps in which managers of virtual environments differ. */
export type PythonTools = {
  readonly name: EnvironmentManagerName;
  /** Makes an empty virtual environment. */
  create(python: ChosenPython, folder: string, context: BuildContext): Promise<void>;
  /** Installs a requirements file into it. */
  install(
    requirementsFile: string,
    folder: string,
    context: BuildContext & { readonly cwd: string },
  ): Promise<void>;
};

/** Conda's packages that MLflow installs before the others. */
const BUILD_PACKAGE = /^(?:pip|setuptools|wheel)\b/;

/** Plans a virtual environment for a `python_env`, or for a conda file by its packages' counterparts on PyPI. */
export async function planPython(
  tools: PythonTools,
  definition: PythonDefinition | CondaDefinition,
  { bestEffort }: PlanOptions,
): Promise<EnvironmentPlan> {
  const mapped = definition.kind === "conda_env" ? mapCondaPackages(definition) : [];
  if (!bestEffort) requireAsAsked(definition.source, mapped);
  const steps = await Promise.all(
    stepsOf(definition, mapped).map((lines) => expandRequirements(lines, definition)),
  );
  const { source, folder: base, python: wanted } = definition;
  const python = shownConstraints(wanted);
  let chosen: Promise<ChosenPython> | undefined; // Looked for once.
  const choose = (env: BuildContext["env"]): Promise<ChosenPython> =>
    (chosen ??= findPython({ env, wanted, bestEffort }));
  return {
    manager: tools.name,
    source,
    identity: [
      python,
      bestEffort ? "best effort" : "",
      ...steps.flatMap(({ contents }) => ["step", ...contents]),
    ],
    check: async (env) => [...pythonRemarks(python, await choose(env)), ...mapped.map(remarkOf)],
    build: async (folder, context) => {
      await tools.create(await choose(context.env), folder, context);
      await installSteps({ tools, steps, folder, base }, context);
    },
    isUsable: (folder) => existsSync(join(folder, "bin", "python")), // Follows its link to the Python it was made from.
    activation: (folder) => ({
      path: [join(folder, "bin")],
      variables: { VIRTUAL_ENV: folder, PYTHONHOME: undefined },
    }),
  };
}

type FindPython = Pick<PlanOptions, "env" | "bestEffort"> & { readonly wanted: PythonDefinition["python"] };

async function findPython({ env, wanted, bestEffort }: FindPython): Promise<ChosenPython> {
  const usual = await findUsualPython(env);
  if (usual !== undefined && allowsVersion(wanted, usual.version)) return { ...usual, isNearest: false };
  return choosePython({ installed: await findPythons(env), wanted, bestEffort });
}

/** No pretence that what is missing is there: without leave to do otherwise, nothing is built. */
function requireAsAsked(source: string, mapped: readonly MappedPackage[]): void {
  const problems = mapped.filter(({ outcome }) => outcome === "missing" || outcome === "changed");
  if (problems.length === 0) return;
  const listed = problems.map(({ asked, reason }) => `${asked} (${reason?.replace(/; any is taken$/, "")})`);
  const message = `${source} cannot be built as it is without conda: ${listed.join("; ")}. Install conda, mamba or micromamba, or pass --best-effort to build what can be had`;
  throw new AppError("INVALID_PARAMETER_VALUE", message, {
    details: { packages: problems.map(({ asked }) => asked) },
  });
}

/** Build dependencies first, as MLflow does: the others may be compiled with them. */
function stepsOf(
  definition: PythonDefinition | CondaDefinition,
  mapped: readonly MappedPackage[],
): readonly (readonly string[])[] {
  if (definition.kind === "python_env") return [definition.buildDependencies, definition.dependencies];
  const requirements = mapped.flatMap(({ requirement }) => requirement ?? []);
  const isBuild = (each: string): boolean => BUILD_PACKAGE.test(each);
  const rest = requirements.filter((each) => !isBuild(each));
  return [requirements.filter(isBuild), [...rest, ...definition.dependencies]];
}

function pythonRemarks(asked: string, { isNearest, version }: ChosenPython): readonly string[] {
  return isNearest ? [`changed Python ${asked} → ${version} (that version is not installed here)`] : [];
}

function remarkOf({ asked, outcome, requirement, reason }: MappedPackage): string {
  const stands = requirement === undefined ? "" : ` → ${requirement}`;
  return `${outcome.padEnd(7)} ${asked}${stands}${reason === undefined ? "" : ` (${reason})`}`;
}

type InstallSteps = {
  readonly tools: PythonTools;
  readonly steps: readonly ExpandedRequirements[];
  readonly folder: string;
  /** What relative paths of packages start from. */
  readonly base: string;
};

async function installSteps(
  { tools, steps, folder, base }: InstallSteps,
  context: BuildContext,
): Promise<void> {
  for (const [index, { lines }] of steps.entries()) {
    if (lines.length === 0) continue;
    const file = join(folder, `requirements-${index + 1}.txt`);
    await writeFile(file, `${lines.join("\n")}\n`);
    await tools.install(file, folder, { ...context, cwd: base });
  }
}
