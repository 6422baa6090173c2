export {
  type Evaluation,
  type ExecutingTrials,
  type Executor,
  type ExecutorFactory,
  type ExecutorOptions,
  inProcessExecutor,
} from "./executor/executor.ts";
export {
  type Objective,
  type ObjectiveModule,
  type ObjectiveResult,
  type TrialContext,
  workerModule,
} from "./executor/objective.ts";
export { processExecutor } from "./executor/process-worker.ts";
export { threadExecutor } from "./executor/thread-worker.ts";
export type { EarlyStopFn, FminOptions, FminProgress, TrialLogLine } from "./fmin/fmin-options.ts";
export { fmin } from "./fmin/fmin.ts";
export { noProgressLoss } from "./fmin/no-progress-loss.ts";
export {
  hyperbandPruner,
  type HyperbandOptions,
  medianPruner,
  type MedianPrunerOptions,
  type Pruner,
  successiveHalvingPruner,
  type SuccessiveHalvingOptions,
} from "./fmin/pruners.ts";
export type { HyperoptErrorName } from "./hyperopt-error.ts";
export { type Assignment, assignParameters } from "./space/assignment.ts";
export { compileSpace, type Domain, type Parameter } from "./space/domain.ts";
/** The expressions of search spaces, with the names and argument order of hyperopt's `hp`. */
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
/** Simulated annealing: draws near good trials, ever closer to them. */
export * as anneal from "./suggest/anneal.ts";
/** The default of `fmin`: a portfolio of the other algorithms. */
export * as auto from "./suggest/auto.ts";
export type { GpOptions } from "./suggest/gp.ts";
/** A Gaussian process, for searches of few and costly trials. */
export * as gp from "./suggest/gp.ts";
/** Lets one of several algorithms make each proposal. */
export * as mix from "./suggest/mix.ts";
/** Random search. */
export * as rand from "./suggest/rand.ts";
export type { TpeOptions } from "./suggest/tpe.ts";
/** The tree-structured Parzen estimator. */
export * as tpe from "./suggest/tpe.ts";
export type { TrackOptions } from "./track/track-options.ts";
export type { NumberWire, TrialWire } from "./trials/trial-wire.ts";
export {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  JOB_STATES,
  type JobState,
  type Status,
  STATUS_FAIL,
  STATUS_NEW,
  STATUS_OK,
  STATUS_RUNNING,
  STATUS_STRINGS,
  STATUS_SUSPENDED,
} from "./trials/states.ts";
export {
  assignmentOf,
  newTrial,
  type NewTrialOptions,
  type Trial,
  type TrialMisc,
  type TrialReport,
  type TrialResult,
} from "./trials/trial.ts";
export {
  generateTrialsToCalculate,
  type TrialAttachments,
  Trials,
  trialsFromDocs,
  type TrialsOptions,
  type TrialsWire,
} from "./trials/trials.ts";
