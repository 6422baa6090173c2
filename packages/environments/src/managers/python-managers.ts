import { AppError, invalid, messageOf } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withFolderLock } from "../cache/with-folder-lock.ts";
import type { CondaDefinition, PythonDefinition } from "../definition/environment-definition.ts";
import type {
  BuildContext,
  EnvironmentManager,
  EnvironmentManagerName,
  EnvironmentPlan,
  PlanOptions,
} from "../environment-plan.ts";
import { choosePython, type ChosenPython, findPythons, findUsualPython } from "../python/find-pythons.ts";
import { type ExpandedRequirements, expandRequirements } from "../python/expand-requirements.ts";
import { allowsVersion, shownConstraints } from "../python/version-constraint.ts";
import { findProgram, isProgram, runTool } from "./tools.ts";
import { mapCondaPackages, type MappedPackage } from "./map-conda-packages.ts";

/** The two steps in which uv and virtualenv differ. */
type PythonTools = {
  readonly name: EnvironmentManagerName;
  /** Creates an empty virtual environment. */
  create(python: ChosenPython, folder: string, context: BuildContext): Promise<void>;
  /** Installs a requirements file into it. */
  install(
    requirementsFile: string,
    folder: string,
    context: BuildContext & { readonly cwd: string },
  ): Promise<void>;
};

/** Conda packages that MLflow installs before the others. */
const BUILD_PACKAGE = /^(?:pip|setuptools|wheel)\b/;

/** uv may download packages, but must use an installed Python. */
const UV_VARIABLES = { UV_PYTHON_DOWNLOADS: "never", UV_NO_PROGRESS: "1", NO_COLOR: "1" };

const uv: PythonTools = {
  name: "uv",
  async create({ path }, folder, context) {
    const argv = [await findUv(context), "venv", "--no-project", "--python", path, folder] as const;
    const env = { ...context.env, ...UV_VARIABLES };
    await runTool({
      ...context,
      env,
      argv,
      cwd: dirname(folder),
      what: "uv could not create the environment",
    });
  },
  async install(requirementsFile, folder, context) {
    const python = join(folder, "bin", "python");
    const argv = [
      await findUv(context),
      "pip",
      "install",
      "--python",
      python,
      "-r",
      requirementsFile,
    ] as const;
    const env = { ...context.env, ...UV_VARIABLES };
    await runTool({ ...context, env, argv, what: "packages could not be installed" });
  },
};

/** Builds virtual environments with uv: the same result as pip, many times faster. */
export const uvManager: EnvironmentManager = {
  name: "uv",
  async plan(definition, options) {
    if (definition.kind !== "node_env") return await planPython(uv, definition, options);
    throw invalid("node_env is built by npm: leave out --env-manager");
  },
};

const virtualenv: PythonTools = {
  name: "virtualenv",
  async create({ path }, folder, context) {
    const argv = [path, "-m", "venv", folder] as const;
    await runTool({
      ...context,
      argv,
      cwd: dirname(folder),
      what: "Python could not create the environment",
    });
  },
  async install(requirementsFile, folder, context) {
    const pip = [
      join(folder, "bin", "python"),
      "-m",
      "pip",
      "install",
      "--no-color",
      "--progress-bar",
      "off",
    ] as const;
    const argv = [...pip, "-r", requirementsFile] as const;
    await runTool({ ...context, argv, what: "packages could not be installed" });
  },
};

/** Builds virtual environments with Python's own venv and pip, as MLflow does. */
export const virtualenvManager: EnvironmentManager = {
  name: "virtualenv",
  async plan(definition, options) {
    if (definition.kind !== "node_env") return await planPython(virtualenv, definition, options);
    throw invalid("node_env is built by npm: leave out --env-manager");
  },
};

/** The version that we install and test with. A uv on PATH may have any version. */
const UV_VERSION = "0.13.9";

/** Plans a virtual environment for a `python_env`, or for a conda file with the PyPI counterparts of its packages. */
async function planPython(
  tools: PythonTools,
  definition: PythonDefinition | CondaDefinition,
  { bestEffort }: PlanOptions,
): Promise<EnvironmentPlan> {
  const mapped = definition.kind === "conda_env" ? mapCondaPackages(definition) : [];
  if (!bestEffort) requireExact(definition.source, mapped);
  const steps = await Promise.all(
    stepsOf(definition, mapped).map((lines) => expandRequirements(lines, definition)),
  );
  const { source, folder: base, python: wanted } = definition;
  const python = shownConstraints(wanted);
  let chosen: Promise<ChosenPython> | undefined; // Searched for only once.
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
    isUsable: (folder) => existsSync(join(folder, "bin", "python")), // Follows the symlink to the base Python.
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

/** Without `bestEffort`, missing or changed packages are an error. */
function requireExact(source: string, mapped: readonly MappedPackage[]): void {
  const problems = mapped.filter(({ outcome }) => outcome === "missing" || outcome === "changed");
  if (problems.length === 0) return;
  const listed = problems.map(
    ({ asked, reason }) => `${asked} (${reason?.replace(/; using any version$/, "")})`,
  );
  const message = `${source} cannot be built exactly without conda: ${listed.join("; ")}. Install conda, mamba or micromamba, or pass --best-effort to build the nearest available environment`;
  throw invalid(message, {
    details: { packages: problems.map(({ asked }) => asked) },
  });
}

/** Build dependencies come first, as in MLflow, because the others may need them to compile. */
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
  const replacement = requirement === undefined ? "" : ` → ${requirement}`;
  return `${outcome.padEnd(7)} ${asked}${replacement}${reason === undefined ? "" : ` (${reason})`}`;
}

type InstallSteps = {
  readonly tools: PythonTools;
  readonly steps: readonly ExpandedRequirements[];
  readonly folder: string;
  /** Relative package paths are resolved against it. */
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

/**
 * The uv to build with: the one on PATH, else our own copy, which is installed on first use with Python's venv and pip.
 * Throws `IO_ERROR` if that fails.
 */
async function findUv(context: BuildContext): Promise<string> {
  const onPath = findProgram("uv", context.env);
  if (onPath !== undefined) return onPath;
  const folder = join(context.toolsFolder, `uv-${UV_VERSION}`);
  const own = join(folder, "bin", "uv");
  if (isProgram(own)) return own;
  await mkdir(context.toolsFolder, { recursive: true });
  await withFolderLock(folder, { signal: context.signal }, async () => {
    if (!isProgram(own)) await installUv(folder, context);
  });
  return own;
}

async function installUv(folder: string, context: BuildContext): Promise<void> {
  const what = `uv could not be installed (put one on PATH, or pass --env-manager virtualenv)`;
  const partial = `${folder}.partial`; // Renamed when complete, so that nobody uses a partial install.
  context.onLine?.(`installing uv ${UV_VERSION}`);
  await rm(partial, { recursive: true, force: true });
  try {
    const cwd = context.toolsFolder;
    await runTool({ ...context, cwd, what, argv: ["python3", "-m", "venv", partial] });
    const pip = [join(partial, "bin", "python"), "-m", "pip", "install", "--quiet"] as const;
    await runTool({ ...context, cwd, what, argv: [...pip, `uv==${UV_VERSION}`] });
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder); // uv is a standalone binary, so its folder can be moved.
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    if (cause instanceof AppError && cause.code !== "INVALID_PARAMETER_VALUE") throw cause;
    throw new AppError("IO_ERROR", `${what}: ${messageOf(cause)}`, { cause });
  }
}
