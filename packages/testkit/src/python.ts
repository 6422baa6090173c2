import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError, messageOf } from "@flightdeck/core";
import { fileURLToPath } from "node:url";

/** The root folder of the checkout, which contains `packages/`. */
export const REPOSITORY_ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

const run = promisify(execFile);

/** Environments are kept in one git-ignored folder, so that later test runs reuse them. */
const TOOLS_DIR = join(REPOSITORY_ROOT, ".tools");
const UV_VERSION = "0.13.9";

/**
 * A Python interpreter with the packages of a requirements file, created by uv on first use and kept in `.tools/`.
 * Missing if the machine has no Python 3 with venv or no package registry.
 */
export function pythonWith(requirementsFile: string): Promise<Part<string>> {
  return part("a Python environment", () => environment(requirementsFile));
}

async function environment(requirementsFile: string): Promise<string> {
  const requirements = await readFile(requirementsFile);
  const digest = createHash("sha256").update(requirements).digest("hex").slice(0, 12);
  const folder = join(TOOLS_DIR, `python-${digest}`);
  const interpreter = join(folder, "bin", "python");
  if (existsSync(interpreter)) return interpreter;
  const uv = await uvProgram();
  await buildOnce(folder, async (partial) => {
    await run(uv, ["venv", "--relocatable", "--python", "python3", partial]);
    const python = join(partial, "bin", "python");
    await run(uv, ["pip", "install", "--python", python, "--requirements", requirementsFile]);
  });
  return interpreter;
}

async function uvProgram(): Promise<string> {
  const folder = join(TOOLS_DIR, `uv-${UV_VERSION}`);
  await buildOnce(folder, async (partial) => {
    await run("python3", ["-m", "venv", partial]);
    await run(join(partial, "bin", "python"), ["-m", "pip", "install", "--quiet", `uv==${UV_VERSION}`]);
  });
  return join(folder, "bin", "uv");
}

/**
 * Builds a folder next to its destination and moves it there, so that an interrupted build leaves nothing incomplete.
 */
async function buildOnce(folder: string, build: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(TOOLS_DIR, { recursive: true });
  try {
    await build(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (existsSync(folder)) return; // Another process finished the same build first.
    throw new AppError("IO_ERROR", `could not create ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

/** Something a test needs from the machine: present, or missing with a reason. */
export type Part<T> =
  | { readonly missing: false; readonly value: T }
  | { readonly missing: true; readonly reason: string };

/**
 * Looks for a part. With `CI` set, a missing part is a failure, so that no suite is skipped silently; elsewhere use it
 * for a named skip: `describe.skipIf(python.missing)(…)`.
 */
export async function part<T>(name: string, find: () => Promise<T>): Promise<Part<T>> {
  try {
    return { missing: false, value: await find() };
  } catch (error) {
    if (process.env.CI) throw error;
    return { missing: true, reason: `${name} is missing: ${messageOf(error).split("\n")[0]}` };
  }
}

/** The part's value. Use only in a suite that is skipped if the part is missing. */
export function valueOf<T>(found: Part<T>): T {
  if (found.missing) throw new TypeError(`used without a check for missing: ${found.reason}`);
  return found.value;
}
