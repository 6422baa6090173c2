import type { EntryPoint, Parameter } from "../project/project.ts";

/** An entry point's parameters as they are given on the command line; optional ones in brackets. */
export function usageOf({ name, parameters }: EntryPoint): string {
  return ["-e", name, ...parameters.map(parameterUsage)].join(" ");
}

function parameterUsage({ name, type, default: fallback }: Parameter): string {
  return fallback === undefined ? `-P ${name}=<${type}>` : `[-P ${name}=<${type}, default ${fallback}>]`;
}
