import { Frame } from "@flightdeck/frame";
import { beforeAll, expect, test } from "vitest";
import { RandomForestClassifier } from "../estimators/classifiers.ts";
import { drawCalibration, drawConfusion, drawRoc } from "./draw-scores.ts";
import { drawImportances, drawPartialDependence, partialDependence } from "./draw-features.ts";
import { drawTree } from "./draw-tree.ts";

/** A name that closes a tag and starts a script, as a column of an untrusted file may have. */
const HOSTILE = '"><script>alert(1)</script>&';
const data = Array.from({ length: 400 }, (_, i) => [
  i % 40,
  i % 7,
  ["AA", "DL", "<b>"][i % 3],
  i % 40 > 19 ? "late" : "no",
]);
const table = Frame.fromRows({ columns: [HOSTILE, "noise", "carrier", "y"], data });

let model: RandomForestClassifier;
beforeAll(async () => {
  model = new RandomForestClassifier({ nEstimators: 5, maxDepth: 8, categoricalFeatures: ["carrier"] });
  await model.fit(table, "y");
});

const ofLate = async (frame: Frame): Promise<Float32Array> => {
  return (await model.predictProba(frame)).filter((_, i) => i % 2 === 0);
};

/** Every tag is closed in order, and none is active content. */
function expectSound(svg: string): void {
  const open: string[] = [];
  for (const [, slash, name = "", rest = ""] of svg.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (slash === "/") expect(open.pop()).toBe(name);
    else if (!rest.endsWith("/")) open.push(name);
    expect(["svg", "title", "rect", "text", "polyline"]).toContain(name);
    expect(rest).not.toMatch(/href|on\w+=|NaN|undefined/);
  }
  expect(open).toEqual([]);
  expect(svg.replaceAll(/<\/?[a-z]+[^<>]*>/g, "")).not.toMatch(/[<>]/);
}

test("every picture is well-formed and contains names only as text", async () => {
  const scores = await ofLate(table);
  const isPositive = data.map(([, , , y]) => y === "late");
  const pictures = [
    ...[0, 4].map((tree) => drawTree(model.fitted, { tree, maxDepth: 5 })),
    drawImportances(model),
    drawPartialDependence(await partialDependence(ofLate, table, HOSTILE)),
    drawRoc({ isPositive, scores }),
    drawCalibration({ isPositive, scores }),
    drawConfusion({
      labels: isPositive.map((late) => (late ? "late" : "no")),
      predictions: await model.predict(table),
      classes: model.classes,
    }),
  ];
  for (const svg of pictures) expectSound(svg);
  expect(pictures.join("")).toContain("&#60;script&#62;");
});

test("a tree shows its rules, its leaves and what is left out", () => {
  const text = drawTree(model.fitted, { maxDepth: 1 });
  expect(text).toContain(" ≤ 19.5");
  expect(text).toMatch(/…|late: 1|no: 1/);
  expect(() => drawTree(model.fitted, { tree: 5 })).toThrow("tree must be 0..4, got 5");
  expect(() => drawTree(model.fitted, { maxDepth: 7 })).toThrow("maxDepth must be 1..6, got 7");
});

test("the area under the curve is exact, with ties, and its curve goes from corner to corner", () => {
  const svg = drawRoc({ isPositive: [1, 0, 1, 0], scores: [0.9, 0.5, 0.5, 0.1] });
  expect(svg).toContain("ROC, area 0.8750");
  expect(() => drawRoc({ isPositive: [1, 1], scores: [0, 1] })).toThrow("rows of the class and of others");
  expect(() => drawRoc({ isPositive: [1], scores: [0, 1] })).toThrow("got 1 and 2");
});

test("a NaN score is refused", () => {
  const rows = { isPositive: [1, 0, 1], scores: [0.5, Number.NaN, 0.1] };
  for (const draw of [drawRoc, drawCalibration]) {
    expect(() => draw(rows)).toThrow("scores must be numbers, got NaN in row 1");
  }
});

test("partial dependence finds what the label depends on", async () => {
  const { values, means } = await partialDependence(ofLate, table, HOSTILE, { points: 5, rowsMax: 100 });
  expect(values).toEqual([0, 10, 20, 29, 39]);
  expect(means[0]).toBeLessThan(0.1);
  expect(means[4]).toBeGreaterThan(0.9);
  await expect(partialDependence(ofLate, table, "carrier")).rejects.toThrow(
    'column "carrier" must contain numbers',
  );
});

test("confusion counts pairs of label and prediction", () => {
  const svg = drawConfusion({ labels: ["a", "a", "b"], predictions: ["a", "b", "b"], classes: ["a", "b"] });
  expect(svg.match(/>[01]</g)).toEqual([">1<", ">1<", ">0<", ">1<"]);
  expect(() => drawConfusion({ labels: ["c"], predictions: ["a"], classes: ["a", "b"] })).toThrow(
    "row 0 has a label",
  );
});
