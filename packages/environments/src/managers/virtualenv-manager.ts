import { AppError } from "@flightdeck/core";
import { dirname, join } from "node:path";
import type { EnvironmentManager } from "./environment-manager.ts";
import { planPython, type PythonTools } from "./python-plan.ts";
import { runTool } from "./run-tool.ts";

const tools: PythonTools = {
  name: "virtualenv",
  async create({ path }, folder, context) {
    const argv = [path, "-m", "venv", folder] as const;
    await runTool({ ...context, argv, cwd: dirname(folder), what: "Python could not make the environment" });
  },
  async install(requirementsFile, folder, context) {
    const pip = [
      join(folder, "bin", "python"),
      "-m",
      "pip",
      "install",
      "--no-color",
      "--progress-bar",
      "off",
    ] as const;
    const argv = [...pip, "-r", requirementsFile] as const;
    await runTool({ ...context, argv, what: "packages could not be installed" });
  },
};

/** Virtual environments by Python's own venv and pip, as MLflow builds them. */
export const virtualenvManager: EnvironmentManager = {
  name: "virtualenv",
  async plan(definition, options) {
    if (definition.kind !== "node_env") return await planPython(tools, definition, options);
    throw new AppError("INVALID_PARAMETER_VALUE", "node_env is built by npm: leave --env-manager out");
  },
};
