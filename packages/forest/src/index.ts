export { ExtraTreesClassifier, RandomForestClassifier } from "./estimators/classifiers.ts";
export type { PredictOptions } from "./estimators/forest-model.ts";
export { ExtraTreesRegressor, RandomForestRegressor } from "./estimators/regressors.ts";
export type { ExactForest } from "./exchange/exact-forest.ts";
export { ImportedForest, type PortableForest } from "./exchange/imported-forest.ts";
export { readExactLightgbmModel, readLightgbmModel } from "./exchange/read-lightgbm.ts";
export { readOnnxForest } from "./exchange/read-onnx.ts";
export { readXgboostModel } from "./exchange/read-xgboost.ts";
export { writeOnnxForest } from "./exchange/write-onnx.ts";
export { writeXgboostModel } from "./exchange/write-xgboost.ts";
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
