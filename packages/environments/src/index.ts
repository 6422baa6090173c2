export { activatedVariables, activationScript, linkNodeModules } from "./activate.ts";
export type { EnvironmentProgress, OnEnvironmentProgress } from "./cache/build-progress.ts";
export { type CachedEnvironment, type EnsureOptions, EnvironmentCache } from "./cache/environment-cache.ts";
export type {
  CondaDefinition,
  EnvironmentDefinition,
  NodeDefinition,
  PythonDefinition,
} from "./definition/environment-definition.ts";
export { type BadKey, findBadKey } from "./definition/read-yaml.ts";
export { readDefinition, type ReadDefinitionOptions } from "./definition/read-definition.ts";
export {
  defineLibraries,
  type LibrariesDefinition,
  type PythonLibrary,
} from "./libraries/define-libraries.ts";
export type { Activation, EnvironmentPlan } from "./managers/environment-manager.ts";
export { findProgram } from "./managers/find-program.ts";
export {
  ENV_MANAGERS,
  type EnvManager,
  planEnvironment,
  type PlanEnvironmentOptions,
} from "./plan-environment.ts";
export { findUsualPython, type InstalledPython } from "./python/find-pythons.ts";
export { type StandIns, writeStandIns, type WriteStandInsOptions } from "./stand-ins/write-stand-ins.ts";
