export type {
  BackendConfig,
  RunControl,
  JobState,
  StartedRun,
  SubmittedJob,
} from "./backends/project-backend.ts";
export { buildCommand, type CommandValues } from "./command/build-command.ts";
export type { Download } from "./parameters/fetch-path-values.ts";
export { parseMlProject } from "./project/parse-ml-project.ts";
export type {
  EntryPoint,
  EnvironmentKind,
  MlProject,
  Parameter,
  ParameterType,
  Project,
  ProjectEnvironment,
  SparkJob,
} from "./project/project.ts";
export { closeAbandonedRun } from "./run/close-run.ts";
export {
  type PreparedProject,
  prepareProject,
  type PrepareProjectContext,
  type RunProjectOptions,
} from "./run/prepare-project.ts";
export {
  type ProjectRun,
  runPreparedProject,
  runProject,
  type RunProjectContext,
} from "./run/run-project.ts";
export { type OpenedProject, openProject, type OpenProjectOptions } from "./source/open-project.ts";
export { parseProjectUri, type ProjectLocation } from "./source/parse-project-uri.ts";
