import { quoteForShell } from "@flightdeck/compute";
import { lstat, readlink, rm, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Activation } from "./managers/environment-manager.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of a process that runs in an environment. */
export function activatedVariables(env: Environment, { path, variables }: Activation): Environment {
  const before = env["PATH"];
  const folders = before === undefined || before === "" ? path : [...path, before];
  return { ...env, ...variables, PATH: folders.join(delimiter) };
}

/** What a shell does before the command. */
export function activationScript({ scripts = [] }: Activation): string {
  return scripts.map((script) => `source ${quoteForShell(script)}\n`).join("");
}

/**
 * Lets a project find its packages: Node looks for `node_modules` beside the program. A link of an earlier run is
 * replaced.
 */
export async function linkNodeModules(projectFolder: string, target: string): Promise<void> {
  const link = join(projectFolder, "node_modules");
  const stats = await lstat(link).catch(() => undefined);
  if (stats?.isSymbolicLink()) {
    if ((await readlink(link)) === target) return;
    await rm(link);
  }
  await symlink(target, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error; // Another run of the project was faster.
  });
}
