import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  ExtraTreesRegressor,
  type ImportedForest,
  type PortableForest,
  RandomForestClassifier,
  RandomForestRegressor,
  readLightgbmModel,
  readOnnxForest,
  readXgboostModel,
  writeOnnxForest,
  writeXgboostModel,
} from "@flightdeck/forest";
import { Frame, readParquet } from "@flightdeck/frame";
import { pythonWith, REPOSITORY_ROOT, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/* Imported forests of scikit-learn, XGBoost and LightGBM make the same predictions as the originals, and so do exported ones. */

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const FLIGHTS = join(REPOSITORY_ROOT, "examples/airline/airline_small.parquet");
const LABEL = "ArrDelayBinary";
const SCRIPT = here("python/forest_exchange.py");

const python = await pythonWith(here("python/forests.txt"));
let folder = "";
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "flightdeck-exchange-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runScript(command: "make" | "read"): Promise<unknown> {
  const { stdout } = await promisify(execFile)(valueOf(python), [SCRIPT, command, folder]);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

async function floatsOf(file: string): Promise<Float32Array> {
  return new Float32Array(Uint8Array.from(await readFile(join(folder, file))).buffer);
}

/** The greatest difference, relative for expected values above 1. */
function differenceOf(ours: Float32Array, theirs: Float32Array): number {
  expect(ours).toHaveLength(theirs.length);
  return ours.reduce((most, value, i) => {
    const expected = theirs[i] ?? Number.NaN;
    return Math.max(most, Math.abs(value - expected) / Math.max(1, Math.abs(expected)));
  }, 0);
}

function answersOf(model: ImportedForest, rows: Float32Array): Float32Array {
  const answers = model.classes === undefined ? model.predictRows(rows) : model.predictProbaRows(rows);
  return Float32Array.from(answers, Number);
}

const READERS: readonly (readonly [ending: string, read: (bytes: Uint8Array) => ImportedForest])[] = [
  [".onnx", readOnnxForest],
  [".txt", (bytes) => readLightgbmModel(new TextDecoder().decode(bytes))],
  ["", readXgboostModel],
];

/** A model from the script. Its predictions are in `<name>.f32`. */
type Theirs = { readonly name: string; readonly file: string; readonly query: string };

/** The other libraries add 32-bit floats in another order, and LightGBM's leaves have 64 bits. */
const TOLERANCE = 2e-6;

const title = `forests of other libraries${python.missing ? ` (${python.reason})` : ""}`;
describe.skipIf(python.missing)(title, () => {
  test("imported forests make the same predictions as scikit-learn, XGBoost and LightGBM", async () => {
    const models = (await runScript("make")) as readonly Theirs[];
    const differences: Record<string, number> = {};
    for (const { name, file, query } of models) {
      const read = READERS.find(([ending]) => file.endsWith(ending))?.[1] ?? readXgboostModel;
      const model = read(await readFile(join(folder, file)));
      const answers = answersOf(model, await floatsOf(query));
      differences[name] = differenceOf(answers, await floatsOf(`${name}.f32`));
    }
    expect(Object.entries(differences).filter(([, difference]) => difference > TOLERANCE)).toEqual([]);
    expect(models.length).toBeGreaterThan(20);
  });

  test("exported forests make the same predictions in ONNX Runtime, XGBoost and Treelite", async () => {
    const cases = await ourForests();
    const entries = cases.flatMap(({ name, readers, query, features }) =>
      readers.map((reader) => {
        const file = reader === "onnx" ? `${name}.onnx` : `${name}.json`;
        return { name: `${name} ${reader}`, file, reader, query, features };
      }),
    );
    await writeFile(join(folder, "ours.json"), JSON.stringify(entries));
    await runScript("read");
    const differences: [string, number][] = [];
    for (const { name, readers, answers, shown } of cases) {
      for (const reader of readers) {
        const expected = reader === "onnx" ? answers : shown;
        differences.push([
          `${name} ${reader}`,
          differenceOf(expected, await floatsOf(`${name} ${reader}.answer.f32`)),
        ]);
      }
    }
    expect(differences.filter(([, difference]) => difference > TOLERANCE)).toEqual([]);
  });
});

type OurCase = {
  readonly name: string;
  readonly readers: readonly string[];
  readonly query: string;
  readonly features: number;
  /** Our predictions. `shown` has them as XGBoost returns them: with two classes, only the second one's probability. */
  readonly answers: Float32Array;
  readonly shown: Float32Array;
};

/** Exports forests of every kind to files. One of them is queried with the whole test set of the flights. */
async function ourForests(): Promise<OurCase[]> {
  const flights = (await readParquet(FLIGHTS)).split({ testSize: 0.2, seed: 42 });
  const { train, test: query } = tableOf();
  const numbers = Frame.fromColumns(
    train.columnNames.filter((name) => name !== "kind").map((name) => train.column(name)),
  );
  const delays = await new RandomForestClassifier({ nEstimators: 20, maxDepth: 12, maxFeatures: 0.5 }).fit(
    flights.train,
    LABEL,
  );
  const forest = { nEstimators: 10, maxDepth: 6, seed: 3 };
  const classes = await new RandomForestClassifier(forest).fit(without(numbers, "y"), "class");
  const values = await new ExtraTreesRegressor(forest).fit(without(numbers, "class"), "y");
  const kinds = await new RandomForestRegressor({ ...forest, categoricalFeatures: ["kind"] }).fit(
    without(train, "class"),
    "y",
  );
  const all = ["onnx", "xgboost", "treelite"];
  return [
    await written("flights", { model: delays.fitted, readers: all }, [
      flights.test,
      await delays.predictProba(flights.test),
    ]),
    await written("classes", { model: classes.fitted, readers: ["onnx", "xgboost"] }, [
      query,
      await classes.predictProba(query),
    ]),
    await written("values", { model: values.fitted, readers: all }, [query, await values.predict(query)]),
    await written("kinds", { model: kinds.fitted, readers: ["xgboost", "treelite"] }, [
      query,
      await kinds.predict(query),
    ]),
  ];
}

/** A table with two numeric columns with ties and missing values, category codes, a class out of four, and a value. */
function tableOf(): { readonly train: Frame; readonly test: Frame } {
  const data = Array.from({ length: 3000 }, (_, i) => {
    const [a, b, kind] = [((i * 37) % 101) / 10, ((i * 53) % 97) / 7, (i * 11) % 23];
    const y = a * (kind % 3) - b;
    return [i % 9 === 0 ? Number.NaN : a, b, kind, Math.min(3, Math.max(0, Math.floor(y / 4) + 2)), y];
  });
  return Frame.fromRows({ columns: ["a", "b", "kind", "class", "y"], data }).split({
    testSize: 0.3,
    seed: 1,
  });
}

function without(frame: Frame, label: string): Frame {
  return Frame.fromColumns(
    frame.columnNames.filter((name) => name !== label).map((name) => frame.column(name)),
  );
}

async function written(
  name: string,
  { model, readers }: { readonly model: PortableForest; readonly readers: readonly string[] },
  [query, answers]: readonly [Frame, Float32Array],
): Promise<OurCase> {
  const features = model.features.length;
  const rows = new Float32Array(query.numRows * features);
  model.features.forEach(({ name: column, categories }, place) => {
    const { values, nulls } = query.column(column);
    for (let row = 0; row < query.numRows; row++) {
      const value = nulls?.[row] === 1 ? Number.NaN : Number(values[row]);
      rows[row * features + place] = categories === undefined ? value : categories.indexOf(String(value));
    }
  });
  await writeFile(join(folder, `${name}.query.f32`), rows);
  if (readers.includes("onnx")) await writeFile(join(folder, `${name}.onnx`), writeOnnxForest(model));
  await writeFile(join(folder, `${name}.json`), writeXgboostModel(model));
  const isBinary = model.outputs[0]?.classes?.length === 2;
  const shown = isBinary ? answers.filter((_, i) => i % 2 === 1) : answers;
  return { name, readers, query: `${name}.query.f32`, features, answers, shown };
}
