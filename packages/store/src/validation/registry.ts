import { AppError } from "@flightdeck/core";
import { LIMITS, MODEL_STAGES, type ModelStage } from "@flightdeck/protocol";
import { invalid, missing } from "./entities.ts";
import { checkLength, pythonRepr } from "./text.ts";

/** Checks a registered model's name, with MLflow's messages. `path` is the field's name. */
export function checkModelName(name: string, path = "name"): void {
  if (name.trim() === "") {
    throw new AppError("INVALID_PARAMETER_VALUE", `Missing value for required parameter '${path}'.`);
  }
  if (/[/:]/.test(name)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid model name '${name}'. Names cannot contain '/' or ':'.`,
    );
  }
  if (name === "." || name.startsWith("..")) {
    throw invalid(
      "name",
      name,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to ${pythonRepr(name)}`,
    );
  }
  checkLength("name", name, LIMITS.modelNameCharsMax);
}

export function checkAlias(alias: string): void {
  if (alias === "") {
    throw missing("alias");
  }
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  checkLength("Registered model alias name", alias, LIMITS.aliasCharsMax);
}

/** Refuses aliases that read like a version: `latest` and `v12`. */
export function checkAliasNotReserved(alias: string): void {
  if (alias.toLowerCase() === "latest") {
    throw new AppError("INVALID_PARAMETER_VALUE", "'latest' alias name (case insensitive) is reserved.");
  }
  if (/^[vV]\d+$/.test(alias)) {
    throw new AppError("INVALID_PARAMETER_VALUE", `Version alias name '${alias}' is reserved.`);
  }
}

/** Parses a version number. */
export function parseVersion(version: string): number {
  if (/^\s*[+-]?\d+\s*$/.test(version)) return Number(version);
  throw new AppError("INVALID_PARAMETER_VALUE", `Parameter 'version' must be an integer, got '${version}'.`);
}

/** Parses a stage, ignoring case. */
export function parseStage(stage: string): ModelStage {
  const known = MODEL_STAGES.find((candidate) => candidate.toLowerCase() === stage.toLowerCase());
  if (known !== undefined) return known;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid Model Version stage: ${stage}. Value must be one of ${MODEL_STAGES.join(", ")}.`,
  );
}

/** Checks the page size of a registry search, with MLflow's messages. */
export function checkRegistryMaxResults(maxResults: number, resultsMax: number): void {
  if (!Number.isInteger(maxResults) || maxResults < 1) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid value for max_results. It must be a positive integer, but got ${maxResults}`,
    );
  }
  if (maxResults <= resultsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid value for request parameter max_results. It must be at most ${resultsMax}, but got value ${maxResults}`,
  );
}
