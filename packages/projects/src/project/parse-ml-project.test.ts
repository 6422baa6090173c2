import { expect, test } from "vitest";
import { parseMlProject } from "./parse-ml-project.ts";

const GUIDE = `
name: cuML RF test
conda_env: envs/conda.yaml
entry_points:
  hyperopt:
    parameters:
      fpath: {type: str}
      algo: {type: str, default: tpe}
    command: "python train.py --fpath {fpath} --algo {algo}"
  simple:
    parameters:
      n_estimators: {type: int, default: 100}
      max_features: {type: float, default: 0.33}
      data: path
    command: "python simple.py"
`;

test("parses the guide's project", () => {
  expect(parseMlProject(GUIDE, "MLproject")).toEqual({
    name: "cuML RF test",
    environment: { kind: "conda_env", definition: "envs/conda.yaml" },
    entryPoints: [
      {
        name: "hyperopt",
        command: "python train.py --fpath {fpath} --algo {algo}",
        parameters: [
          { name: "fpath", type: "string" },
          { name: "algo", type: "string", default: "tpe" },
        ],
      },
      {
        name: "simple",
        command: "python simple.py",
        parameters: [
          { name: "n_estimators", type: "int", default: "100" },
          { name: "max_features", type: "float", default: "0.33" },
          { name: "data", type: "path" },
        ],
      },
    ],
  });
});

// The expected texts are Python's str() of PyYAML's values, measured with `mlflow run`.
test.each([
  ["true", "True"],
  ["no", "False"],
  ["1.0", "1.0"],
  ["1.0e+3", "1000.0"],
  ["0.10", "0.1"],
  ["0x10", "16"],
  ["12345678901234567890", "12345678901234567890"],
  ["'true'", "true"],
  ["''", ""],
  ["2024-01-31", "2024-01-31"],
])("a default written as %s becomes the text %j", (written, text) => {
  const yaml = `entry_points: {main: {command: c, parameters: {p: {type: string, default: ${written}}}}}`;
  expect(parseMlProject(yaml, "MLproject").entryPoints[0]?.parameters[0]?.default).toBe(text);
});

test("an entry point needs only a command", () => {
  const { entryPoints } = parseMlProject("entry_points:\n  main:\n    command: node train.ts\n", "MLproject");
  expect(entryPoints[0]?.command).toBe("node train.ts");
});

test("null means no default; an empty file is a project without entry points", () => {
  const yaml = "entry_points: {main: {command: c, parameters: {p: {default: }}}}";
  expect(parseMlProject(yaml, "MLproject").entryPoints[0]?.parameters).toEqual([
    { name: "p", type: "string" },
  ]);
  expect(parseMlProject("", "MLproject")).toEqual({ entryPoints: [] });
});

test.each([
  ["name: x\nentry_points:\n  main:\n   command: [a\n", "line 5"],
  ["entry_points:\n  main: {command: a}\n  main: {command: b}\n", "line 3"],
  [
    "entry_points:\n  main:\n    parameters: {}\n",
    "line 3: entry_points.main.command must be the command to run",
  ],
  ["name: x\nentry_points: [a]\n", "line 2: entry_points must be a mapping"],
  [
    "entry_points:\n  main:\n    command: c\n    parameters:\n      p: {default: [1]}\n",
    "line 5: entry_points.main.parameters.p must be",
  ],
  ["- a\n", "line 1: must be a mapping"],
  ["docker_env: {}\n", "line 1: docker_env.image must name the image"],
])("rejects %j and names the line", (yaml, problem) => {
  expect(() => parseMlProject(yaml, "MLproject")).toThrow(problem);
});

test("rejects two environments", () => {
  const yaml = "conda_env: a.yaml\npython_env: b.yaml\n";
  expect(() => parseMlProject(yaml, "MLproject")).toThrow(
    "at most one environment, got conda_env and python_env",
  );
});

test("a Spark job has either a Python file or entry points", () => {
  const parse = (text: string): ReturnType<typeof parseMlProject> => parseMlProject(text, "MLproject");
  const job = "databricks_spark_job: {python_file: train.py, parameters: [a, 1], python_libraries: [numpy]}";
  expect(parse(job).sparkJob).toEqual({
    pythonFile: "train.py",
    parameters: ["a", "1"],
    pythonLibraries: ["numpy"],
  });
  const entry = "entry_points: {main: {command: python train.py}}";
  expect(parse(`databricks_spark_job: {}\n${entry}`).sparkJob).toEqual({
    parameters: [],
    pythonLibraries: [],
  });
  expect(() => parse("databricks_spark_job: {}")).toThrow("needs either python_file or entry_points");
  expect(() => parse(`${job}\n${entry}`)).toThrow("not both");
  expect(() => parse(`${job}\nconda_env: conda.yaml`)).toThrow("cannot be combined with conda_env");
  expect(() => parse("databricks_spark_job: {python_file: [x]}")).toThrow(
    "line 1: databricks_spark_job.python_file",
  );
});

test("YAML aliases are resolved", () => {
  const text =
    "entry_points:\n  a: &same\n    parameters: {depth: {type: int, default: &three 3}, seed: {default: *three}}\n    command: x\n  main: *same\n";
  const [first, second] = parseMlProject(text, "MLproject").entryPoints;
  expect(first?.parameters).toEqual([
    { name: "depth", type: "int", default: "3" },
    { name: "seed", type: "string", default: "3" },
  ]);
  expect(second).toEqual({ ...first, name: "main" });
});

test("y and n are text, as in PyYAML; parameters may be named on and no", () => {
  const parameters = "{n: {type: int, default: 3}, y: {default: y}, on: {default: on}, no: {default: N}}";
  const { entryPoints } = parseMlProject(
    `entry_points:\n  n:\n    parameters: ${parameters}\n    command: "echo {n} {y} {on} {no}"\n`,
    "MLproject",
  );
  expect(entryPoints).toEqual([
    {
      name: "n",
      command: "echo {n} {y} {on} {no}",
      parameters: [
        { name: "n", type: "int", default: "3" },
        { name: "y", type: "string", default: "y" },
        { name: "on", type: "string", default: "True" },
        { name: "no", type: "string", default: "N" },
      ],
    },
  ]);
});
