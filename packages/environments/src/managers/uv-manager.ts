import { AppError } from "@flightdeck/core";
import { dirname, join } from "node:path";
import type { EnvironmentManager } from "./environment-manager.ts";
import { findUv } from "./find-uv.ts";
import { planPython, type PythonTools } from "./python-plan.ts";
import { runTool } from "./run-tool.ts";

/** Only package registries are asked: a Python comes from this machine. */
const UV_VARIABLES = { UV_PYTHON_DOWNLOADS: "never", UV_NO_PROGRESS: "1", NO_COLOR: "1" };

const tools: PythonTools = {
  name: "uv",
  async create({ path }, folder, context) {
    const argv = [await findUv(context), "venv", "--no-project", "--python", path, folder] as const;
    const env = { ...context.env, ...UV_VARIABLES };
    await runTool({ ...context, env, argv, cwd: dirname(folder), what: "uv could not make the environment" });
  },
  async install(requirementsFile, folder, context) {
    const python = join(folder, "bin", "python");
    const argv = [
      await findUv(context),
      "pip",
      "install",
      "--python",
      python,
      "-r",
      requirementsFile,
    ] as const;
    const env = { ...context.env, ...UV_VARIABLES };
    await runTool({ ...context, env, argv, what: "packages could not be installed" });
  },
};

/** Virtual environments by uv: the same as pip's, many times faster. */
export const uvManager: EnvironmentManager = {
  name: "uv",
  async plan(definition, options) {
    if (definition.kind !== "node_env") return await planPython(tools, definition, options);
    throw new AppError("INVALID_PARAMETER_VALUE", "node_env is built by npm: leave --env-manager out");
  },
};
