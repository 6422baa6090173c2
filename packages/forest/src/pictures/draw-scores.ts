import { AppError, invalid } from "@flightdeck/core";
import type { ClassLabel } from "../forest.ts";
import { chartOf, COLORS, type Point, rectAt, shortText, svgOf, textAt } from "./svg.ts";

/** The maximum number of points of a curve; more could not be told apart. */
const CURVE_POINTS_MAX = 400;
const CALIBRATION_BINS = 10;

/** For each row, whether it belongs to the class and its predicted probability. */
export type ScoredRows = {
  readonly isPositive: ArrayLike<boolean | number>;
  readonly scores: ArrayLike<number>;
};

/**
 * Draws the ROC curve, true against false positive rate for every threshold, with the area under the curve, as a
 * self-contained SVG. Throws INVALID_PARAMETER_VALUE unless there are both rows of the class and others, and for a NaN score.
 *
 * @example
 * ```ts
 * const scores = (await model.predictProba(test)).filter((_, i) => i % 2 === 1);
 * await writeFile("roc.svg", drawRoc({ isPositive: test.column("ArrDelayBinary").values, scores }));
 * ```
 */
export function drawRoc(rows: ScoredRows): string {
  const { points, area } = rocOf(rows);
  return chartOf({
    title: `ROC, area ${area.toFixed(4)}`,
    xLabel: "false positive rate",
    yLabel: "true positive rate",
    xRange: [0, 1],
    yRange: [0, 1],
    curves: [
      {
        points: [
          [0, 0],
          [1, 1],
        ],
        isReference: true,
      },
      { points },
    ],
  });
}

/** Rows with equal scores form one step, so that the order of rows does not matter. */
function rocOf({ isPositive, scores }: ScoredRows): {
  readonly points: readonly Point[];
  readonly area: number;
} {
  checkScores({ isPositive, scores });
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
  order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const positives = order.reduce((sum, row) => sum + Number(isPositive[row]), 0);
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) throw invalid("a ROC curve needs rows of the class and of others");
  const points: Point[] = [[0, 0]];
  let [found, alarms, area] = [0, 0, 0];
  for (let i = 0; i < order.length;) {
    const score = scores[order[i] ?? 0];
    const [foundBefore, alarmsBefore] = [found, alarms];
    for (; i < order.length && scores[order[i] ?? 0] === score; i++) {
      if (Number(isPositive[order[i] ?? 0]) === 1) found++;
      else alarms++;
    }
    area += ((alarms - alarmsBefore) * (found + foundBefore)) / 2;
    points.push([alarms / negatives, found / positives]);
  }
  return { points: thinned(points), area: area / positives / negatives };
}

function thinned(points: readonly Point[]): Point[] {
  const step = Math.ceil(points.length / CURVE_POINTS_MAX);
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

/**
 * Draws how often predictions of a given probability came true, in ten bins of equal width, as a self-contained SVG.
 */
export function drawCalibration({ isPositive, scores }: ScoredRows): string {
  checkScores({ isPositive, scores });
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ rows: 0, scores: 0, positives: 0 }));
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row] ?? 0;
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.floor(score * CALIBRATION_BINS)))];
    if (bin === undefined) continue;
    bin.rows++;
    bin.scores += score;
    bin.positives += Number(isPositive[row]);
  }
  const points = bins.flatMap((bin): Point[] => {
    return bin.rows === 0 ? [] : [[bin.scores / bin.rows, bin.positives / bin.rows]];
  });
  return chartOf({
    title: "Calibration",
    xLabel: "mean predicted probability",
    yLabel: "share that came true",
    xRange: [0, 1],
    yRange: [0, 1],
    curves: [
      {
        points: [
          [0, 0],
          [1, 1],
        ],
        isReference: true,
      },
      { points },
    ],
    hasDots: true,
  });
}

/** The labels and predictions of rows; `classes` is in the order of the picture. */
export type PredictedLabels = {
  readonly labels: ArrayLike<ClassLabel>;
  readonly predictions: ArrayLike<ClassLabel>;
  readonly classes: readonly ClassLabel[];
};

/** A larger picture would be unreadable. */
const CONFUSED_CLASSES_MAX = 30;
const CELL: Point = [72, 30];
const CORNER: Point = [120, 70];

/**
 * Draws the confusion matrix, with labels from top to bottom, as a self-contained SVG. Throws INVALID_PARAMETER_VALUE
 * for a label or prediction that is not a class, or for more than thirty classes.
 */
export function drawConfusion({ labels, predictions, classes }: PredictedLabels): string {
  checkLengths(labels, predictions);
  if (classes.length > CONFUSED_CLASSES_MAX)
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `classes must be at most ${CONFUSED_CLASSES_MAX}, got ${classes.length}`,
    );
  const counts = confusionOf({ labels, predictions, classes });
  const name = (label: ClassLabel | undefined): string => shortText(String(label), 12);
  const parts = counts.flatMap((row, i) => {
    const y = CORNER[1] + i * CELL[1];
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, k) => {
      const x = CORNER[0] + k * CELL[0];
      const share = total === 0 ? 0 : count / total;
      const fill = `rgb(${Math.round(255 - 224 * share)},${Math.round(255 - 144 * share)},${Math.round(255 - 20 * share)})`;
      const text = textAt([x + CELL[0] / 2, y + 19], count.toLocaleString("en-US"), {
        anchor: "middle",
        color: share > 0.6 ? "#fff" : undefined,
      });
      return rectAt([x, y], [CELL[0] - 2, CELL[1] - 2], fill) + text;
    });
    return [textAt([CORNER[0] - 8, y + 19], name(classes[i]), { anchor: "end" }), ...cells];
  });
  const heads = classes.map((label, k) =>
    textAt([CORNER[0] + (k + 0.5) * CELL[0], CORNER[1] - 8], name(label), { anchor: "middle" }),
  );
  const size = {
    width: CORNER[0] + classes.length * CELL[0] + 20,
    height: CORNER[1] + classes.length * CELL[1] + 14,
  };
  const axes =
    textAt([CORNER[0], 40], "predicted", { color: COLORS.grey }) +
    textAt([14, CORNER[1] - 8], "label", { color: COLORS.grey });
  return svgOf({ ...size, title: "Confusion" }, [axes, ...heads, ...parts]);
}

function confusionOf({ labels, predictions, classes }: PredictedLabels): number[][] {
  const placeOf = new Map(classes.map((label, place) => [label, place]));
  const counts = classes.map(() => classes.map(() => 0));
  for (let row = 0; row < labels.length; row++) {
    const cells = counts[placeOf.get(labels[row] ?? "") ?? -1];
    const place = placeOf.get(predictions[row] ?? "");
    if (cells === undefined || place === undefined)
      throw new AppError(
        "INVALID_PARAMETER_VALUE",
        `row ${row} has a label or a prediction that is no class`,
      );
    cells[place] = (cells[place] ?? 0) + 1;
  }
  return counts;
}

/** Refuses NaN, by which rows cannot be sorted. */
function checkScores({ isPositive, scores }: ScoredRows): void {
  checkLengths(isPositive, scores);
  for (let row = 0; row < scores.length; row++) {
    if (Number.isNaN(scores[row])) throw invalid(`scores must be numbers, got NaN in row ${row}`);
  }
}

function checkLengths(first: ArrayLike<unknown>, second: ArrayLike<unknown>): void {
  if (first.length === second.length && first.length > 0) return;
  const message = `both lists must have the same number of rows, at least one; got ${first.length} and ${second.length}`;
  throw invalid(message);
}
