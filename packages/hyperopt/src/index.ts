export type { Evaluation, Executor, ExecutorOptions } from "./executor/executor.ts";
export { inProcessExecutor } from "./executor/in-process-executor.ts";
export type { Objective, ObjectiveResult, TrialContext } from "./executor/objective.ts";
export type { EarlyStopFn } from "./fmin/early-stop.ts";
export type { FminOptions, FminProgress, TrialLogLine } from "./fmin/fmin-options.ts";
export { fmin } from "./fmin/fmin.ts";
export { generateTrialsToCalculate } from "./fmin/generate-trials-to-calculate.ts";
export { noProgressLoss } from "./fmin/no-progress-loss.ts";
export type { HyperoptErrorName } from "./hyperopt-error.ts";
export { type Assignment, assignParameters } from "./space/assignment.ts";
export { compileSpace, type Domain, type Parameter } from "./space/domain.ts";
export * as hp from "./space/hp.ts";
export type { HpChoice, HpNumber } from "./space/nodes.ts";
export type {
  CategoricalPrior,
  DiscretePrior,
  NormalPrior,
  NumberPrior,
  Prior,
  RandintPrior,
  UniformPrior,
} from "./space/prior.ts";
export { spaceEval } from "./space/space-eval.ts";
export type { SpaceValue } from "./space/space-value.ts";
export type { Algorithm, ConfigurableAlgorithm } from "./suggest/algorithm.ts";
export type { AnnealOptions } from "./suggest/anneal.ts";
export * as anneal from "./suggest/anneal.ts";
export * as mix from "./suggest/mix.ts";
export * as rand from "./suggest/rand.ts";
export type { TpeOptions } from "./suggest/tpe.ts";
export * as tpe from "./suggest/tpe.ts";
export type { TrialAttachments } from "./trials/trial-attachments.ts";
export type { NumberWire, TrialWire } from "./trials/trial-wire.ts";
export {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  JOB_STATES,
  type JobState,
} from "./trials/job-state.ts";
export {
  type Status,
  STATUS_FAIL,
  STATUS_NEW,
  STATUS_OK,
  STATUS_RUNNING,
  STATUS_STRINGS,
  STATUS_SUSPENDED,
} from "./trials/status.ts";
export {
  assignmentOf,
  newTrial,
  type NewTrialOptions,
  type Trial,
  type TrialMisc,
  type TrialResult,
} from "./trials/trial.ts";
export { trialsFromDocs } from "./trials/trials-from-docs.ts";
export { Trials, type TrialsOptions, type TrialsWire } from "./trials/trials.ts";
