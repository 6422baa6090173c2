import { AppError, messageOf } from "@flightdeck/core";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withFolderLock } from "../cache/with-folder-lock.ts";
import type { BuildContext } from "./environment-manager.ts";
import { findProgram, isProgram } from "./find-program.ts";
import { runTool } from "./run-tool.ts";

/** A version that the tests ran with; one on PATH may be any. */
const UV_VERSION = "0.13.9";

/**
 * The uv to build with: the one on PATH, else one of our own, installed on first use by Python's venv and pip. Throws
 * `IO_ERROR` when that fails.
 */
export async function findUv(context: BuildContext): Promise<string> {
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
  const partial = `${folder}.partial`; // A scratch name: programs of a half-made folder are never found.
  context.onLine?.(`installing uv ${UV_VERSION}`);
  await rm(partial, { recursive: true, force: true });
  try {
    const cwd = context.toolsFolder;
    await runTool({ ...context, cwd, what, argv: ["python3", "-m", "venv", partial] });
    const pip = [join(partial, "bin", "python"), "-m", "pip", "install", "--quiet"] as const;
    await runTool({ ...context, cwd, what, argv: [...pip, `uv==${UV_VERSION}`] });
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder); // uv is a program of its own, which does not mind where it stands.
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    if (cause instanceof AppError && cause.code !== "INVALID_PARAMETER_VALUE") throw cause;
    throw new AppError("IO_ERROR", `${what}: ${messageOf(cause)}`, { cause });
  }
}
