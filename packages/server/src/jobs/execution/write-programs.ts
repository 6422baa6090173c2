import { findProgram, findUsualPython } from "@flightdeck/environments";
import { quoteForShell } from "@flightdeck/compute";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { MV_STAND_IN, RSYNC_STAND_IN } from "./script-stand-ins.ts";

export type WriteProgramsOptions = {
  readonly folder: string;
  /** The task's. */
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Writes the programs that a task finds before the machine's own: the Node that the server runs on, `flightdeck`, and what MLflow's
 * jobs call that a machine may not have.
 */
export async function writePrograms({ folder, env }: WriteProgramsOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  await symlink(process.execPath, join(folder, "node"));
  const flightdeck = flightdeckProgram();
  if (flightdeck !== undefined) {
    const words = [process.execPath, flightdeck].map(quoteForShell).join(" ");
    await writeProgram(join(folder, "flightdeck"), `#!/bin/sh\nexec ${words} "$@"\n`);
  }
  if (findProgram("rsync", env) === undefined) await writeProgram(join(folder, "rsync"), RSYNC_STAND_IN);
  if (process.platform !== "linux") await writeProgram(join(folder, "mv"), MV_STAND_IN);
}

/** The program that this server was started with, if it is the command line: that stands above the server. */
function flightdeckProgram(): string | undefined {
  const [, program] = process.argv;
  return program !== undefined && /^flightdeck(?:\.mjs)?$/.test(basename(program)) ? program : undefined;
}

/** Where a task without libraries finds `python`, which not every machine has by that name. */
export async function writeUsualPython(folder: string, env: WriteProgramsOptions["env"]): Promise<void> {
  const python = await findUsualPython(env);
  if (python === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const name of ["python", "python3"]) {
    await writeProgram(join(folder, name), `#!/bin/sh\nexec ${quoteForShell(python.path)} "$@"\n`);
  }
}

async function writeProgram(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}
