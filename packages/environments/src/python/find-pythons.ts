import { type AppError, invalid } from "@flightdeck/core";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import {
  allowsVersion,
  compareVersions,
  shownConstraints,
  type VersionConstraint,
} from "./version-constraint.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** An installed Python 3. */
export type InstalledPython = { readonly version: string; readonly path: string };

/** Long enough for an interpreter on a slow network file system; one that hangs must not block the search. */
const PROBE_MS_MAX = 20_000;

const NAME = /^python(?:3(?:\.\d+)?)?$/;

/** Runs with `-I`, so that neither the working directory nor the user's variables affect the result. */
const PROBE = "import platform, sys; print(platform.python_version(), sys.executable, sep='\\n')";

type ChoosePythonOptions = {
  readonly installed: readonly InstalledPython[];
  readonly wanted: readonly VersionConstraint[];
  /** Choose the nearest version if the wanted one is not installed. */
  readonly bestEffort: boolean;
};

/** More than any patch level; Python's highest so far is about 20. */
const PATCH_MAX = 1_000;

/** The Python to build with, and whether it is only the nearest to the wanted version. */
export type ChosenPython = InstalledPython & { readonly isNearest: boolean };

/**
 * All installed Pythons without duplicates: those on PATH in order, then those of pyenv and uv, newest first. Skips programs
 * that do not run, such as pyenv's shims for versions that are not selected.
 */
export async function findPythons(env: Environment): Promise<readonly InstalledPython[]> {
  const onPath = await probeAll(await candidatesOnPath(env));
  const kept = await probeAll(await keptCandidates(env));
  const found = [...onPath, ...kept.toSorted((a, b) => compareVersions(b.version, a.version))];
  return found.filter(({ path }, index) => found.findIndex((each) => each.path === path) === index);
}

/** The Python that a shell starts as `python3`, else as `python`. Much faster than listing all. */
export async function findUsualPython(env: Environment): Promise<InstalledPython | undefined> {
  for (const candidate of await candidatesOnPath(env)) {
    const found = basename(candidate).includes(".") ? undefined : await probe(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function candidatesOnPath(env: Environment): Promise<readonly string[]> {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = await Promise.all(
    folders.map(async (folder) => {
      // pyenv's shims start slowly, and their interpreters are found in pyenv's own folder.
      const isShim = basename(folder) === "shims";
      const names = (await list(folder)).filter((name) => NAME.test(name) && !(isShim && name.includes(".")));
      return names.toSorted(byUse).map((name) => join(folder, name));
    }),
  );
  return found.flat();
}

/** Sorts `python3` before `python`, and both before names with a version. */
function byUse(a: string, b: string): number {
  const rank = (name: string): number => ["python3", "python"].indexOf(name) + (name.includes(".") ? 3 : 0);
  return rank(a) - rank(b) || compareVersions(b.slice("python".length), a.slice("python".length));
}

async function keptCandidates(env: Environment): Promise<readonly string[]> {
  const home = env["HOME"] ?? homedir();
  const roots = [
    join(env["PYENV_ROOT"] ?? join(home, ".pyenv"), "versions"),
    env["UV_PYTHON_INSTALL_DIR"] ?? join(env["XDG_DATA_HOME"] ?? join(home, ".local/share"), "uv/python"),
  ];
  const versions = await Promise.all(
    roots.map(async (root) => (await list(root)).map((version) => join(root, version, "bin", "python3"))),
  );
  return versions.flat();
}

/** A missing folder counts as empty. */
async function list(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}

async function probeAll(candidates: readonly string[]): Promise<readonly InstalledPython[]> {
  const probed = await Promise.all(candidates.map(probe));
  return probed.filter((python) => python !== undefined);
}

const execFileAsync = promisify(execFile);

async function probe(candidate: string): Promise<InstalledPython | undefined> {
  const ran = execFileAsync(candidate, ["-I", "-c", PROBE], { timeout: PROBE_MS_MAX }).catch(() => undefined);
  const [version, path] = (await ran)?.stdout.trim().split("\n") ?? [];
  // Strips a pre-release suffix: 3.15.0a1 counts as 3.15.0.
  return version && path ? { version: version.replace(/[^\d.].*$/s, ""), path } : undefined;
}

/**
 * The first Python if it is allowed, else the newest allowed one, else with `bestEffort` the nearest. Throws
 * `INVALID_PARAMETER_VALUE` listing the installed versions when none fits.
 */
export function choosePython({ installed, wanted, bestEffort }: ChoosePythonOptions): ChosenPython {
  const [usual] = installed;
  const allowed = installed.filter(({ version }) => allowsVersion(wanted, version));
  const newest = allowed.toSorted((a, b) => compareVersions(b.version, a.version))[0];
  const chosen = usual !== undefined && allowed.includes(usual) ? usual : newest;
  if (chosen !== undefined) return { ...chosen, isNearest: false };
  const nearest = nearestTo(wanted, installed);
  if (bestEffort && nearest !== undefined) return { ...nearest, isNearest: true };
  throw notInstalled(wanted, installed, nearest);
}

/** The nearest minor version wins. Within the wanted minor, the nearest patch level wins; within another, the newest. */
function nearestTo(
  wanted: readonly VersionConstraint[],
  installed: readonly InstalledPython[],
): InstalledPython | undefined {
  const target = wanted[0]?.version ?? "3";
  return installed.toSorted((a, b) => distance(a.version, target) - distance(b.version, target))[0];
}

function distance(version: string, target: string): number {
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  const [, targetMinor = 0, targetPatch = 0] = target.split(".").map(Number);
  if (minor === targetMinor) return Math.abs(patch - targetPatch) / PATCH_MAX;
  return Math.abs(minor - targetMinor) + 1 - patch / PATCH_MAX;
}

function notInstalled(
  wanted: readonly VersionConstraint[],
  installed: readonly InstalledPython[],
  nearest: InstalledPython | undefined,
): AppError {
  const asked = shownConstraints(wanted);
  if (nearest === undefined) {
    const message = `Python ${asked} is needed, but no Python 3 was found on PATH, in pyenv or in uv`;
    return invalid(message.replace("  ", " "));
  }
  const versions = [...new Set(installed.map(({ version }) => version))].toSorted(compareVersions).join(", ");
  const message = `Python ${asked} is not installed here, and flightdeck does not download Python; installed: ${versions}. Install it, or pass --best-effort to use ${nearest.version}`;
  return invalid(message);
}
