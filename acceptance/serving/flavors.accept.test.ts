import { loadModel, type Model } from "@flightdeck/models";
import { valueOf } from "@flightdeck/testkit";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runPython } from "../run-python.ts";
import { withPython } from "./saved-models.ts";
import { servingPython, StockScoring } from "./stock-scoring.ts";

/* What stock MLflow saved for XGBoost, LightGBM and ONNX is scored without Python as MLflow's own server scores it. */

const python = await servingPython();

/** Models that are scored in our own process, for the table of the test. */
const NATIVE = [
  "xgboost-binary",
  "xgboost-probabilities",
  "xgboost-classes",
  "xgboost-value",
  "xgboost-classifier",
  "xgboost-regressor",
  "lightgbm-binary",
  "lightgbm-probabilities",
  "lightgbm-value",
  "onnx-regressor",
  "onnx-columns",
] as const;

/** Models that need Python although others of their kind do not, and why. */
const IN_PYTHON = {
  "lightgbm-pickled": "a pickled LGBMClassifier of LightGBM",
  "onnx-classifier": "a model without a column signature",
  "onnx-tensor": "a model without a column signature",
  "onnx-maps": "a graph whose output output_probability is not a tensor",
} as const;

/** Sums of 32-bit floats, added in another order. */
const TOLERANCE = 2e-6;

type Made = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly filled: readonly (readonly number[])[];
};

const title = `models of other libraries${python.missing ? ` (${python.reason})` : ""}`;
describe.skipIf(python.missing)(title, () => {
  let folder = "";
  let made: Made;
  let stock: StockScoring;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flightdeck-flavors-"));
    const script = { file: "save_flavors.py", args: [folder], trackingUri: folder };
    made = (await runPython({ interpreter: valueOf(python), ...script })) as Made; // What the script prints.
    const names = [...NATIVE, ...Object.keys(IN_PYTHON)];
    stock = await StockScoring.start(
      valueOf(python),
      names.map((name) => join(folder, name)),
    );
  });
  afterAll(async () => {
    await stock.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function load(name: string, remarks: string[]): Promise<Model> {
    const options = { env: withPython(valueOf(python)), envManager: "local" };
    const model = await loadModel(join(folder, name), { ...options, onRemark: (text) => remarks.push(text) });
    onTestFinished(() => model.close());
    return model;
  }

  async function theirs(name: string, contentType: string, body: string): Promise<Answer> {
    const url = `${stock.urls[join(folder, name)]}/invocations`;
    const headers = { "Content-Type": contentType };
    const response = await fetch(url, { method: "POST", headers, body });
    return { status: response.status, body: await response.text() };
  }

  async function ours(model: Model, contentType: string, body: string): Promise<Answer> {
    const answer = await model.answer({ contentType, body });
    return { status: answer.status, body: answer.body.toString() };
  }

  /** scikit-learn's forests accept no missing values. */
  function rowsFor(name: string): readonly (readonly unknown[])[] {
    return name.startsWith("onnx") ? made.filled : made.rows;
  }

  test.each(NATIVE)("%s is scored without Python as MLflow scores it", async (name) => {
    const remarks: string[] = [];
    const model = await load(name, remarks);
    expect(model.needsFolder).toBe(false); // A model in Python needs it.
    expect(remarks).toEqual([]);
    const rows = rowsFor(name);
    for (const [contentType, body] of bodiesOf(made.columns, rows)) {
      const expected = await theirs(name, contentType, body);
      const answered = await ours(model, contentType, body);
      expect([answered.status, expected.status]).toEqual([200, 200]);
      expectClose(predictionsIn(answered), predictionsIn(expected));
    }
  });

  test.each(Object.entries(IN_PYTHON))("%s runs in Python and reports why", async (name, reason) => {
    const remarks: string[] = [];
    const model = await load(name, remarks);
    expect(remarks).toEqual([`${reason} cannot be scored without Python`]);
    const body = JSON.stringify(
      name === "lightgbm-pickled"
        ? { dataframe_split: { columns: made.columns, data: made.rows } }
        : { inputs: made.filled },
    );
    const expected = await theirs(name, "application/json", body);
    expect(await ours(model, "application/json", body)).toEqual(expected);
  });
});

type Answer = { readonly status: number; readonly body: string };

/** A whole table, as many rows alone, and CSV. */
function bodiesOf(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): readonly (readonly [contentType: string, body: string])[] {
  const table = (data: readonly unknown[]): string => JSON.stringify({ dataframe_split: { columns, data } });
  const complete = rows.filter((row) => !row.includes(null));
  const csv = [columns, ...complete].map((row) => `${row.join(",")}\n`).join("");
  return [
    ["application/json", table(rows)],
    ...complete.slice(0, 5).map((row) => ["application/json", table([row])] as const),
    ["text/csv", csv],
  ];
}

function predictionsIn({ body }: Answer): unknown {
  return (JSON.parse(body) as { readonly predictions?: unknown }).predictions;
}

/** The same form, and numbers that differ by no more than rounding. */
function expectClose(answered: unknown, expected: unknown): void {
  const [a, b] = [numbersOf(answered), numbersOf(expected)];
  expect(a.text).toBe(b.text);
  const far = a.numbers.findIndex((number, i) => {
    const other = b.numbers[i] ?? Number.NaN;
    return !(Math.abs(number - other) <= TOLERANCE * Math.max(1, Math.abs(other)));
  });
  expect(far === -1 ? "none" : `${a.numbers[far]}, expected ${b.numbers[far]}`).toBe("none");
}

/** The JSON with its numbers taken out; whole numbers stay, since they are classes. */
function numbersOf(json: unknown): { readonly text: string; readonly numbers: readonly number[] } {
  const numbers: number[] = [];
  const text = JSON.stringify(json, (_, value: unknown) => {
    if (typeof value !== "number") return value;
    numbers.push(value);
    return Number.isInteger(value) ? value : "#";
  });
  return { text, numbers };
}
