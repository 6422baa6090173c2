export {
  drawImportances,
  drawPartialDependence,
  type Importances,
  partialDependence,
  type PartialDependence,
  type PartialDependenceOptions,
} from "./draw-features.ts";
export {
  drawCalibration,
  drawConfusion,
  drawRoc,
  type PredictedLabels,
  type ScoredRows,
} from "./draw-scores.ts";
export { drawTree, type DrawTreeOptions } from "./draw-tree.ts";
