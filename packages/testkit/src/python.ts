import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError, messageOf } from "@flightdeck/core";
import { type Part, part } from "./part.ts";
import { REPOSITORY_ROOT } from "./repository-root.ts";

const run = promisify(execFile);

/** Environments live in one ignored folder, so that a second test run finds them. */
const TOOLS_DIR = join(REPOSITORY_ROOT, ".tools");
const UV_VERSION = "0.13.9";

/**
 * A Python interpreter with the packages of a requirements file, made by uv on first use and kept in `.tools/`.
 * Missing where the machine has no Python 3 with venv, or no package registry.
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

/** Builds a folder beside its place and moves it there whole: an interrupted build leaves nothing half-made. */
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
    throw new AppError("IO_ERROR", `${folder} could not be made: ${messageOf(error)}`, { cause: error });
  }
}
