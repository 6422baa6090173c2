import type { ActiveRun } from "@flightdeck/client";
import type { RandomForestClassifier } from "@flightdeck/forest";
import {
  drawCalibration,
  drawConfusion,
  drawImportances,
  drawPartialDependence,
  drawRoc,
  drawTree,
  partialDependence,
} from "@flightdeck/forest/pictures";
import { cellAt, type Frame } from "@flightdeck/frame";
import { LABEL } from "./flights.ts";

/** Logs pictures of which features the forest relies on and how it performs on unseen flights, below `pictures/`. */
export async function logPictures(run: ActiveRun, model: RandomForestClassifier, test: Frame): Promise<void> {
  const late = async (frame: Frame): Promise<Float32Array> => {
    return (await model.predictProba(frame)).filter((_, i) => i % 2 === 1);
  };
  const label = test.column(LABEL);
  const labels = Array.from({ length: test.numRows }, (_, row) => Number(cellAt(label, row)));
  const rows = { isPositive: labels, scores: await late(test) };
  const first = model.featureNames[model.featureImportances.indexOf(Math.max(...model.featureImportances))];
  const pictures = {
    tree: drawTree(model.fitted),
    importances: drawImportances(model),
    "partial-dependence": drawPartialDependence(await partialDependence(late, test, first ?? "")),
    roc: drawRoc(rows),
    calibration: drawCalibration(rows),
    confusion: drawConfusion({
      labels,
      predictions: (await model.predict(test)).map(Number),
      classes: model.classes.map(Number),
    }),
  };
  for (const [name, svg] of Object.entries(pictures)) await run.logText(svg, `pictures/${name}.svg`);
}
