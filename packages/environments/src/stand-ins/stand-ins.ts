import { quoteForShell } from "@flightdeck/compute";
import { AppError, invalid } from "@flightdeck/core";
import { chmod, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { OnEnvironmentProgress } from "../cache/build-progress.ts";
import { EnvironmentCache } from "../cache/environment-cache.ts";
import type { CondaDefinition } from "../definition/environment-definition.ts";
import { parseCondaEnv } from "../definition/parse-conda-env.ts";
import { readDefinition } from "../definition/read-definition.ts";
import { findCompanions } from "../libraries.ts";
import { planEnvironment } from "../plan-environment.ts";
import { choosePython, findPythons } from "../python/find-pythons.ts";
import { compareVersions } from "../python/version-constraint.ts";

/** One call of a stand-in. */
type StandInCall = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The stand-in's own data folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Writes to standard output, for the calling program. */
  readonly print: (text: string) => void;
  /** Writes to standard error, for people. */
  readonly note: (text: string) => void;
};

/** A program that replaces another one that is not installed. Throws `AppError` for unsupported commands. */
export type StandIn = (call: StandInCall) => Promise<void>;

/** Like conda's names: neither a path nor an option. */
const ENVIRONMENT_NAME = /^[\w][\w.-]*$/;

const ABOUT_CONDA =
  "flightdeck's stand-in for conda, which supports the commands that mlflow run uses, with uv and PyPI";

/** The conda commands that `mlflow run` uses. Environments live in the cache; a name is a symlink to one. */
export const condaStandIn: StandIn = async (call) => {
  const [first = "--help", second = ""] = call.args;
  if (["--help", "--version", "-V", "info"].includes(first)) return call.print(ABOUT_CONDA);
  if (first === "env" && second === "list") return await listEnvironments(call);
  if (first === "env" && second === "create") return await createFromFile(call, call.args.slice(2));
  if (first === "create") return await createFromPackages(call, call.args.slice(1));
  if (first === "remove" || (first === "env" && second === "remove")) return await removeEnvironment(call);
  const message = `conda ${call.args.join(" ")}: not supported by ${ABOUT_CONDA}; install conda for anything else`;
  throw new AppError("NOT_IMPLEMENTED", message);
};

const OPTIONS = {
  name: { type: "string", short: "n" },
  file: { type: "string", short: "f" },
  channel: { type: "string", short: "c", multiple: true },
  yes: { type: "boolean", short: "y" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  all: { type: "boolean" },
  "override-channels": { type: "boolean" },
} as const;

const ABOUT_PYENV =
  "flightdeck's stand-in for pyenv, which supports the commands that mlflow run uses, with the installed Pythons";

const VERSION = /^\d+\.\d+\.\d+$/;

/** The pyenv commands that `mlflow run` uses. Never downloads a Python: "installing" a version links to an installed one. */
export const pyenvStandIn: StandIn = async (call) => {
  const [command, ...args] = call.args;
  if (command === "root") return call.print(call.folder);
  if (command === "install" && args.includes("--list")) return await listVersions(call);
  if (command === "install")
    return await install(
      call,
      args.find((arg) => VERSION.test(arg)),
    );
  if (command === undefined || command.startsWith("-")) return call.print(ABOUT_PYENV);
  throw new AppError(
    "NOT_IMPLEMENTED",
    `pyenv ${call.args.join(" ")}: not supported by ${ABOUT_PYENV}; install pyenv for anything else`,
  );
};

/** Progress goes to a log that keeps every line, so it is reported rarely. */
const LINE_MS = 10_000;

async function listEnvironments({ env, folder, print }: StandInCall): Promise<void> {
  const root = environmentsFolder(env, folder);
  const names = await readdir(root).catch(() => []);
  print(JSON.stringify({ envs: names.map((name) => join(root, name)) }, undefined, 2));
}

async function createFromFile(call: StandInCall, args: readonly string[]): Promise<void> {
  const { name, file } = parse(args).values;
  const definition = await readDefinition({ path: file ?? "environment.yml", kind: "conda_env" });
  if (definition.kind === "conda_env") await create(call, name, definition);
}

/** `mlflow run` uses this for a project without a conda file: an environment with only Python. */
async function createFromPackages(call: StandInCall, args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  const place = { source: "conda create", folder: "/", file: "/" };
  await create(call, values.name, parseCondaEnv(JSON.stringify({ dependencies: positionals }), place));
}

async function create(
  call: StandInCall,
  name: string | undefined,
  definition: CondaDefinition,
): Promise<void> {
  const { signal, note } = call;
  const link = linkOf(call, name);
  const env = withoutOurselves(call.env);
  const companions = findCompanions(definition.dependencies);
  companions.remarks.forEach(note);
  const plan = await planEnvironment(
    { ...definition, dependencies: [...definition.dependencies, ...companions.requirements] },
    { bestEffort: true, env },
  );
  const cache = EnvironmentCache.ofUser(env);
  (await cache.find(plan))?.remarks.forEach(note); // Otherwise `noteProgress` reports them.
  const { folder } = await cache.ensure(plan, { env, signal, onProgress: noteProgress(note) });
  await mkdir(join(link, ".."), { recursive: true });
  await rm(link, { force: true });
  await symlink(folder, link);
  note(`environment ${basename(link)} is ${folder}`);
}

/** Removes the name; the environment stays in the cache. */
async function removeEnvironment(call: StandInCall): Promise<void> {
  const link = linkOf(call, parse(call.args.filter((arg) => arg !== "env" && arg !== "remove")).values.name);
  if ((await readlink(link).catch(() => undefined)) === undefined) {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `conda remove: there is no environment ${basename(link)}`);
  }
  await rm(link);
}

type Parsed = {
  readonly values: { readonly name?: string | undefined; readonly file?: string | undefined };
  readonly positionals: readonly string[];
};

function parse(args: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    const message = `conda ${args.join(" ")}: unknown option for ${ABOUT_CONDA}`;
    throw invalid(message, { cause });
  }
}

function linkOf({ env, folder }: StandInCall, name: string | undefined): string {
  if (name !== undefined && ENVIRONMENT_NAME.test(name)) return join(environmentsFolder(env, folder), name);
  throw invalid(`conda: the name of an environment must be given by -n, got ${name}`);
}

/** MLflow sets `CONDA_ENVS_PATH` for some projects. */
function environmentsFolder(env: StandInCall["env"], folder: string): string {
  return env["CONDA_ENVS_PATH"] ?? join(folder, "envs");
}

/** Otherwise the plan would find this stand-in as conda. */
function withoutOurselves(env: StandInCall["env"]): StandInCall["env"] {
  return { ...env, MLFLOW_CONDA_HOME: undefined };
}

async function listVersions({ env, print }: StandInCall): Promise<void> {
  const versions = new Set((await findPythons(env)).map(({ version }) => version));
  print([...versions].toSorted(compareVersions).join("\n"));
}

/** Uses the nearest installed Python if the version is missing, and notes it. */
async function install(call: StandInCall, version: string | undefined): Promise<void> {
  if (version === undefined) {
    throw invalid(`pyenv install needs a version such as 3.11.7, got ${call.args.slice(1).join(" ")}`);
  }
  const wanted = [{ operator: "==", version }] as const;
  const installed = await findPythons(call.env);
  const chosen = choosePython({ installed, wanted, bestEffort: true });
  if (chosen.isNearest) {
    call.note(`changed Python ${version} → ${chosen.version} (that version is not installed here)`);
  }
  await writePython(join(call.folder, "versions", version, "bin"), chosen.path);
}

/** Writes a script rather than a symlink, because Python would look for its library next to a symlink. */
async function writePython(folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `python.${process.pid}`);
  await writeFile(partial, `#!/bin/sh\nexec ${quoteForShell(path)} "$@"\n`);
  await chmod(partial, 0o755);
  await rename(partial, join(folder, "python"));
}

/** Logs a build's remarks, its start and end, and a line every ten seconds in between. */
function noteProgress(note: (text: string) => void): OnEnvironmentProgress {
  let phaseBefore: string | undefined;
  let notedAtMs = 0;
  return ({ phase, title, elapsedMs, remarks }) => {
    const isNew = phase !== phaseBefore;
    if (!isNew && elapsedMs - notedAtMs < LINE_MS) return;
    if (isNew && phase === "building") remarks.forEach(note);
    phaseBefore = phase;
    notedAtMs = elapsedMs;
    note(`${phase}: the environment of ${title} (${Math.round(elapsedMs / 1000)} s)`);
  };
}
