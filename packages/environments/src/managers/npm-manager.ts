import { AppError } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { EnvironmentManager } from "./environment-manager.ts";
import { runTool } from "./run-tool.ts";

/** `node_modules` by `npm ci`, from a `package.json` and its lockfile. */
export const npmManager: EnvironmentManager = {
  name: "npm",
  async plan(definition) {
    if (definition.kind !== "node_env") {
      throw new AppError("INVALID_PARAMETER_VALUE", `${definition.kind} is not built by npm`);
    }
    const { files, source } = definition;
    requireNoLocalPackages(files.get("package-lock.json") ?? "", source);
    return {
      manager: "npm",
      source,
      // What is compiled on installing fits one version of Node's binary interface.
      identity: [process.versions.modules, ...[...files].flat()],
      check: async () => [],
      build: async (folder, context) => {
        await mkdir(folder);
        for (const [name, text] of files) await writeFile(join(folder, name), text);
        const argv = ["npm", "ci", "--no-audit", "--no-fund", "--no-color"] as const;
        const path = `${dirname(process.execPath)}${delimiter}${context.env["PATH"] ?? ""}`;
        const env = { ...context.env, PATH: path };
        await runTool({ ...context, env, argv, cwd: folder, what: "npm ci failed" });
      },
      isUsable: (folder) => existsSync(join(folder, "package.json")),
      activation: (folder) => ({
        path: [join(folder, "node_modules", ".bin")],
        variables: {},
        nodeModules: join(folder, "node_modules"),
      }),
    };
  },
};

/** A package beside the project is not where its copy of the lockfile looks for it. */
function requireNoLocalPackages(lockfile: string, source: string): void {
  const local = /"(?:resolved)":\s*"(?<path>file:[^"]*)"|"link":\s*true/.exec(lockfile);
  if (local === null) return;
  const message = `node_env ${source} depends on a package of this machine (${local.groups?.["path"] ?? "a link"}), which cannot be cached: install it yourself and pass --env-manager local`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
