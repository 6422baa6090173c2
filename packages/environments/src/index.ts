export {
  activatedVariables,
  type Activation,
  activationScript,
  type EnvironmentPlan,
  linkNodeModules,
} from "./environment-plan.ts";
export { type FolderLockOptions, withFolderLock } from "./cache/with-folder-lock.ts";
export type { EnvironmentProgress, OnEnvironmentProgress } from "./cache/build-progress.ts";
export { type CachedEnvironment, type EnsureOptions, EnvironmentCache } from "./cache/environment-cache.ts";
export type {
  CondaDefinition,
  EnvironmentDefinition,
  NodeDefinition,
  PythonDefinition,
} from "./definition/environment-definition.ts";
export { type BadKey, findBadKey, invalidLine } from "./definition/read-yaml.ts";
export { readDefinition, type ReadDefinitionOptions } from "./definition/read-definition.ts";
export {
  checkRequirement,
  defineLibraries,
  type LibrariesDefinition,
  type PythonLibrary,
  requirementName,
} from "./libraries.ts";
export { findProgram } from "./managers/tools.ts";
export {
  ENV_MANAGERS,
  type EnvManager,
  planEnvironment,
  type PlanEnvironmentOptions,
} from "./plan-environment.ts";
export { findUsualPython, type InstalledPython } from "./python/find-pythons.ts";
export { type StandIns, writeStandIns, type WriteStandInsOptions } from "./stand-ins/write-stand-ins.ts";
