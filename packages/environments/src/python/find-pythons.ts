import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import { compareVersions } from "./version-constraint.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A Python 3 of this machine. */
export type InstalledPython = { readonly version: string; readonly path: string };

/** An interpreter on a network file system may start slowly; one that hangs should not stop the search. */
const PROBE_MS_MAX = 20_000;
const NAME = /^python(?:3(?:\.\d+)?)?$/;
/** `-I`: no folder and no variable of the user's changes what Python says of itself. */
const PROBE = "import platform, sys; print(platform.python_version(), sys.executable, sep='\\n')";

/**
 * The Pythons of this machine: those on PATH, in its order, then those that pyenv and uv keep, newest first. Each once;
 * what does not answer is passed over, as pyenv's shims for versions that are not chosen.
 */
export async function findPythons(env: Environment): Promise<readonly InstalledPython[]> {
  const onPath = await probeAll(await candidatesOnPath(env));
  const kept = await probeAll(await keptCandidates(env));
  const found = [...onPath, ...kept.toSorted((a, b) => compareVersions(b.version, a.version))];
  return found.filter(({ path }, index) => found.findIndex((each) => each.path === path) === index);
}

/** The Python that a shell starts by the name of `python3`, else by `python`; one look, where the whole list takes many. */
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
      // pyenv's shims start slowly, and what they start is found in its own folder.
      const isShim = basename(folder) === "shims";
      const names = (await list(folder)).filter((name) => NAME.test(name) && !(isShim && name.includes(".")));
      return names.toSorted(byUse).map((name) => join(folder, name));
    }),
  );
  return found.flat();
}

/** `python3` before `python`, and both before a version that was not chosen as the usual one. */
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

/** A folder that is not there has nothing in it. */
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
  // Pre-releases name a letter: 3.15.0a1 counts as 3.15.0.
  return version && path ? { version: version.replace(/[^\d.].*$/s, ""), path } : undefined;
}
