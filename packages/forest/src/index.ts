export type { FitOptions } from "./fit/fit-forest.ts";
export type { FitProgress } from "./fit/fit-trees.ts";
export type { ClassLabel } from "./forest.ts";
export type { RandomForestOptions, ResolvedOptions } from "./options.ts";
export { type PredictOptions, RandomForestClassifier } from "./random-forest-classifier.ts";
