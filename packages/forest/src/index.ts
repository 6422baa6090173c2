export { ExtraTreesClassifier, RandomForestClassifier } from "./estimators/classifiers.ts";
export type { PredictOptions } from "./estimators/forest-model.ts";
export { ExtraTreesRegressor, RandomForestRegressor } from "./estimators/regressors.ts";
export type { FitOptions } from "./fit-forest.ts";
export type { ClassLabel, Feature, FittedForest, Forest, Output } from "./forest.ts";
export type { FitProgress } from "./grow/grow-trees.ts";
export type { DecisionPath } from "./inspect-forest.ts";
export type {
  ClassifierOptions,
  ClassWeight,
  ForestOptions,
  RandomForestOptions,
  RegressorOptions,
  ResolvedOptions,
} from "./options.ts";
export {
  type PermutationImportance,
  permutationImportance,
  type ScoringModel,
} from "./permutation-importance.ts";
