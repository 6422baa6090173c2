export { type PredictOptions, RandomForestClassifier } from "./estimators/classifiers.ts";
export type { FitOptions } from "./fit-forest.ts";
export type { ClassLabel } from "./forest.ts";
export type { FitProgress } from "./grow/grow-trees.ts";
export type { ClassifierOptions, RandomForestOptions, RegressorOptions, ResolvedOptions } from "./options.ts";
