export { loadModel, type LoadModelOptions } from "./load-model.ts";
export type { FlavorConfig, MlModel, SavedInputExampleInfo } from "./mlmodel/ml-model.ts";
export { formatMlModel, ML_MODEL_FILE, parseMlModel, readMlModel } from "./mlmodel/ml-model-file.ts";
export type { Model, PredictOptions, ScoreAnswer, ScoreRequest } from "./model.ts";
export {
  changeRequirements,
  REQUIREMENTS_FILES,
  type RequirementsChange,
} from "./python/pip-requirements.ts";
export { ModelSet } from "./serving/model-set.ts";
export { saveModel, type SaveModelOptions } from "./save-model.ts";
export {
  type ScoringServer,
  type ScoringServerOptions,
  startScoringServer,
} from "./serving/scoring-server.ts";
export { inferSignature } from "./signature/infer-signature.ts";
export { type Label, type Predictions, predictionsToJson, type Tensor } from "./signature/predictions.ts";
export type {
  ColumnSpec,
  ColumnType,
  ModelSignature,
  ParamSpec,
  Schema,
  TensorSpec,
} from "./signature/signature.ts";
