import { AppError } from "@flightdeck/core";
import { mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { EnvironmentCache } from "../cache/environment-cache.ts";
import type { CondaDefinition } from "../definition/environment-definition.ts";
import { parseCondaEnv } from "../definition/parse-conda-env.ts";
import { readDefinition } from "../definition/read-definition.ts";
import { findCompanions } from "../libraries/find-companions.ts";
import { planEnvironment } from "../plan-environment.ts";
import { noteProgress } from "./note-progress.ts";
import type { StandIn, StandInCall } from "./stand-in.ts";

/** As conda's: no path, and no option. */
const NAME = /^[\w][\w.-]*$/;
const ABOUT = "flightdeck's stand-in for conda: it does what mlflow run asks conda for, by uv and PyPI";

/** What `mlflow run` asks conda for. Environments are those of the cache; a name is a link to one. */
export const condaStandIn: StandIn = async (call) => {
  const [first = "--help", second = ""] = call.args;
  if (["--help", "--version", "-V", "info"].includes(first)) return call.print(ABOUT);
  if (first === "env" && second === "list") return await listEnvironments(call);
  if (first === "env" && second === "create") return await createFromFile(call, call.args.slice(2));
  if (first === "create") return await createFromPackages(call, call.args.slice(1));
  if (first === "remove" || (first === "env" && second === "remove")) return await removeEnvironment(call);
  const message = `conda ${call.args.join(" ")}: ${ABOUT}, which this is not part of; install conda for the rest`;
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

/** `mlflow run` of a project that names no file: an environment of Python alone. */
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
  (await cache.find(plan))?.remarks.forEach(note); // Else they are told as it is built.
  const { folder } = await cache.ensure(plan, { env, signal, onProgress: noteProgress(note) });
  await mkdir(join(link, ".."), { recursive: true });
  await rm(link, { force: true });
  await symlink(folder, link);
  note(`environment ${basename(link)} is ${folder}`);
}

/** The name goes; the cache keeps the environment. */
async function removeEnvironment(call: StandInCall): Promise<void> {
  const link = linkOf(call, parse(call.args.filter((arg) => arg !== "env" && arg !== "remove")).values.name);
  if ((await readlink(link).catch(() => undefined)) === undefined) {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `conda remove: there is no environment ${basename(link)}`);
  }
  await rm(link);
}

type Parsed = {
  readonly values: { readonly name?: string; readonly file?: string };
  readonly positionals: readonly string[];
};

function parse(args: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    const message = `conda ${args.join(" ")}: ${ABOUT}, which not all of these options are part of`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

function linkOf({ env, folder }: StandInCall, name: string | undefined): string {
  if (name !== undefined && NAME.test(name)) return join(environmentsFolder(env, folder), name);
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `conda: the name of an environment must be given by -n, got ${name}`,
  );
}

/** Where conda is told to keep environments, which MLflow does for some. */
function environmentsFolder(env: StandInCall["env"], folder: string): string {
  return env["CONDA_ENVS_PATH"] ?? join(folder, "envs");
}

/** The plan looks for conda, and would find us. */
function withoutOurselves(env: StandInCall["env"]): StandInCall["env"] {
  return { ...env, MLFLOW_CONDA_HOME: undefined };
}
