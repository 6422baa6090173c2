export { loadModel } from "./load-model.ts";
export type { FlavorConfig, MlModel, SavedInputExampleInfo } from "./mlmodel/ml-model.ts";
export { formatMlModel, ML_MODEL_FILE, parseMlModel, readMlModel } from "./mlmodel/ml-model-file.ts";
export { saveModel, type SaveModelOptions } from "./save-model.ts";
export { Scorer } from "./scorer.ts";
export { scoreRequest, type ScoreRequest } from "./serving/score-request.ts";
export {
  type ScoringServer,
  type ScoringServerOptions,
  startScoringServer,
} from "./serving/start-scoring-server.ts";
export { inferSignature, type Predictions } from "./signature/infer-signature.ts";
export type { RowInput } from "./signature/row-input.ts";
export type { ColumnSpec, ColumnType, ModelSignature, Schema, TensorSpec } from "./signature/signature.ts";
