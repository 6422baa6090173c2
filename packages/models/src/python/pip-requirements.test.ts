import { describe, expect, test } from "vitest";
import { changeRequirements } from "./pip-requirements.ts";

const CONDA = `channels:
- conda-forge
dependencies:
- python=3.10
- pip<=23.2.1
- pip:
  - mlflow==3.17.2 # The server's release.
  - PyYAML==6.0
  - scikit-learn[plot]>=1.4; python_version < "3.13"
name: mlflow-env
`;

describe("adding requirements", () => {
  const change = { operation: "add", requirements: ["pyyaml==6.0.2", "numpy <2"] } as const;

  test("replaces those of the same package and appends the others", () => {
    const { text, requirements } = changeRequirements("requirements.txt", "mlflow==3\nPyYAML==6.0", change);
    expect(text).toBe("mlflow==3\npyyaml==6.0.2\nnumpy <2\n");
    expect(requirements).toEqual(["mlflow==3", "pyyaml==6.0.2", "numpy <2"]);
  });

  test("keeps the conda packages and everything else of conda.yaml", () => {
    const { text } = changeRequirements("conda.yaml", CONDA, change);
    expect(text).toContain("- python=3.10\n");
    expect(text).toContain("name: mlflow-env\n");
    expect(text).toMatch(
      /- pip:\n\s+- mlflow==3.17.2\n\s+- pyyaml==6.0.2\n\s+- scikit-learn\[plot\].*\n\s+- numpy <2\n/,
    );
  });

  test("starts the list in a conda.yaml that has none", () => {
    const { requirements, text } = changeRequirements("conda.yaml", "dependencies: [python=3.10]\n", change);
    expect(requirements).toEqual(["pyyaml==6.0.2", "numpy <2"]);
    expect(changeRequirements("conda.yaml", text, change).requirements).toEqual(requirements);
  });

  test("keeps options, comments and included files of requirements.txt", () => {
    const given = "# Pinned by hand.\n--extra-index-url https://example.org/simple\n-r base.txt\n";
    expect(changeRequirements("requirements.txt", given, change).text).toBe(
      `${given}pyyaml==6.0.2\nnumpy <2\n`,
    );
  });
});

test("removing ignores versions, and packages that are not listed", () => {
  const change = { operation: "remove", requirements: ["scikit_learn==9", "absent"] } as const;
  expect(changeRequirements("conda.yaml", CONDA, change).requirements).toEqual([
    "mlflow==3.17.2",
    "PyYAML==6.0",
  ]);
});

test.each(["", "--index-url https://example.org", "a==1 --hash=x", "a b", "a\nb"])(
  "%j is rejected as a requirement",
  (requirement) => {
    const change = { operation: "add", requirements: [requirement] } as const;
    expect(() => changeRequirements("requirements.txt", "", change)).toThrow("must be a requirement such as");
  },
);

test.each(["add", "remove"] as const)("%s rejects URLs and paths that name no package", (operation) => {
  const given = "-r base.txt\nhttps://example.org/a-1.whl\n";
  for (const requirement of ["https://example.org/b-1.whl", "/b-1.whl"]) {
    const change = { operation, requirements: [requirement] };
    expect(() => changeRequirements("requirements.txt", given, change)).toThrow("must name its package");
  }
  const named = { operation, requirements: ["https @ https://example.org/https-1.whl"] };
  expect(changeRequirements("requirements.txt", given, named).text).toContain(given);
});

test.each([
  ["a: [", "conda.yaml: "],
  ["dependencies: python", "conda.yaml: dependencies must be a list"],
  ["dependencies: [{pip: numpy}]", "conda.yaml: pip must be a list"],
  ["dependencies: [{pip: [{a: 1}]}]", "conda.yaml: pip must be a list of requirements"],
])("the file %j gives a clear error", (text, message) => {
  expect(() => changeRequirements("conda.yaml", text, { operation: "remove", requirements: ["a"] })).toThrow(
    message,
  );
});
