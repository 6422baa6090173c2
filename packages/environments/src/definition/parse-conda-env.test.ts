import { expect, test } from "vitest";
import { parseCondaEnv } from "./parse-conda-env.ts";

const place = { source: "conda.yaml", folder: "/p", file: "/p/conda.yaml" };
const withDependency = (line: string): string => `dependencies:\n  - python\n  - ${line}\n`;

test("parses Python, packages and the pip section", () => {
  const text = `name: x
channels: [conda-forge]
dependencies:
  - python=3.8.5
  - numpy
  - pip:
      - mlflow==1.11.0
      - -r requirements.txt
`;
  expect(parseCondaEnv(text, place)).toMatchObject({
    kind: "conda_env",
    python: [{ operator: "=", version: "3.8.5" }],
    packages: [{ name: "numpy", constraints: [], text: "numpy" }],
    dependencies: ["mlflow==1.11.0", "-r requirements.txt"],
  });
});

test.each([
  ["numpy=1.19", "numpy", "=1.19"],
  ["numpy==1.19", "numpy", "==1.19"],
  ["numpy 1.19.*", "numpy", "=1.19"],
  ["numpy >=1.19,<2", "numpy", ">=1.19 <2"],
  ["numpy >=1.19, <2", "numpy", ">=1.19 <2"],
  ["numpy>=1.19", "numpy", ">=1.19"],
  ["numpy=1.19=py38_0", "numpy", "=1.19"],
  ["numpy 1.19 py38_0", "numpy", "=1.19"],
  ["conda-forge::NumPy=1.19", "numpy", "=1.19"],
  ["conda-forge/label/x::numpy", "numpy", ""],
  ["numpy[version='>=1.19,<2', build=py38*]", "numpy", ">=1.19 <2"],
  ["numpy[version=1.19]", "numpy", "=1.19"],
  ["ruamel.yaml=0.17", "ruamel.yaml", "=0.17"],
])("parses %j", (line, name, constraints) => {
  const [parsed] = parseCondaEnv(withDependency(JSON.stringify(line)), place).packages;
  const shown = parsed?.constraints?.map(({ operator, version }) => operator + version).join(" ");
  expect([parsed?.name, shown, parsed?.text]).toEqual([name, constraints, line]);
});

test("version alternatives have no pip constraints", () => {
  expect(parseCondaEnv(withDependency("numpy=1.19|1.21"), place).packages).toMatchObject([
    { name: "numpy", constraints: undefined },
  ]);
});

test.each([
  ["dependencies: [a b c d e]", "line 1: "],
  ["dependencies:\n  - python=3.8|3.9\n", "line 2: python must have one version"],
  ["dependencies:\n  - x\n  - [a]\n", "line 3: dependencies.1 must be a package"],
  ["dependencies:\n  - pip: click\n", "line 2: dependencies.0"],
  ["dependencies: x", "line 1: dependencies must be a list"],
  ["- a", "line 1: must be a mapping"],
  ["name: 'a\n", "line "],
  ["", "must be a mapping"],
])("rejects %j and names the line", (text, message) => {
  expect(() => parseCondaEnv(text, place)).toThrow(
    expect.objectContaining({
      code: "INVALID_PARAMETER_VALUE",
      message: expect.stringContaining(message) as string,
    }),
  );
});
