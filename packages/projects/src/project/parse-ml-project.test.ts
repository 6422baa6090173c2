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

test("the guide's project", () => {
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

// The texts are what Python's str() makes of PyYAML's values, measured with `mlflow run`.
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
])("a default written %s is the text %j", (written, text) => {
  const yaml = `entry_points: {main: {command: c, parameters: {p: {type: string, default: ${written}}}}}`;
  expect(parseMlProject(yaml, "MLproject").entryPoints[0]?.parameters[0]?.default).toBe(text);
});

test("an entry point needs no more than its command", () => {
  const { entryPoints } = parseMlProject("entry_points:\n  main:\n    command: node train.ts\n", "MLproject");
  expect(entryPoints[0]?.command).toBe("node train.ts");
});

test("null is no default, and an empty file is a project without entry points", () => {
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
])("%j is refused with its place", (yaml, problem) => {
  expect(() => parseMlProject(yaml, "MLproject")).toThrow(problem);
});

test("two environments are refused", () => {
  const yaml = "conda_env: a.yaml\npython_env: b.yaml\n";
  expect(() => parseMlProject(yaml, "MLproject")).toThrow(
    "at most one environment, got conda_env and python_env",
  );
});

test("a Spark job has a file of its own, or entry points", () => {
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
  expect(() => parse("databricks_spark_job: {}")).toThrow("needs python_file or entry_points");
  expect(() => parse(`${job}\n${entry}`)).toThrow("and not both");
  expect(() => parse(`${job}\nconda_env: conda.yaml`)).toThrow("cannot stand beside conda_env");
  expect(() => parse("databricks_spark_job: {python_file: [x]}")).toThrow(
    "line 1: databricks_spark_job.python_file",
  );
});

test("an alias stands for what it names", () => {
  const text =
    "entry_points:\n  a: &same\n    parameters: {depth: {type: int, default: &three 3}, seed: {default: *three}}\n    command: x\n  main: *same\n";
  const [first, second] = parseMlProject(text, "MLproject").entryPoints;
  expect(first?.parameters).toEqual([
    { name: "depth", type: "int", default: "3" },
    { name: "seed", type: "string", default: "3" },
  ]);
  expect(second).toEqual({ ...first, name: "main" });
});
