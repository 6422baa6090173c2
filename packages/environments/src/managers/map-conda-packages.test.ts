import { expect, test } from "vitest";
import { parseCondaEnv } from "../definition/parse-conda-env.ts";
import { CONDA_COUNTERPARTS, mapCondaPackages } from "./map-conda-packages.ts";

const map = (line: string): unknown => {
  const place = { source: "conda.yaml", folder: "/p", file: "/p/conda.yaml" };
  return mapCondaPackages(parseCondaEnv(`dependencies: [${JSON.stringify(line)}]`, place))[0];
};

test.each([
  ["numpy=1.19", { outcome: "mapped", requirement: "numpy==1.19.*" }],
  ["conda-forge::scikit-learn>=1.0,<2", { outcome: "mapped", requirement: "scikit-learn>=1.0,<2" }],
  ["pytorch", { outcome: "mapped", requirement: "torch" }],
  ["cuml=26.10", { outcome: "mapped", requirement: "cuml-cu12==26.10.*" }],
  ["cudf>=0.15", { outcome: "mapped", requirement: "cudf-cu12>=0.15" }],
  [
    "cudf=0.15",
    {
      outcome: "changed",
      requirement: "cudf-cu12",
      reason: expect.stringContaining("only since 23.6") as string,
    },
  ],
  ["cudf<22", { outcome: "changed", requirement: "cudf-cu12" }],
  ["numpy=1.19|1.20", { outcome: "changed", requirement: "numpy" }],
  ["cudatoolkit=11.2", { outcome: "dropped", reason: expect.stringContaining("CUDA runtime") as string }],
  ["no-such-package", { outcome: "missing" }],
])("maps %s", (line, mapped) => {
  expect(map(line)).toMatchObject({ asked: line, ...mapped });
});

test("names in the table are lower-case conda names", () => {
  for (const name of CONDA_COUNTERPARTS.keys()) expect(name).toMatch(/^[a-z0-9_][a-z0-9_.-]*$/);
});
