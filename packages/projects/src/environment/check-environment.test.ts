import { expect, test } from "vitest";
import type { Project } from "../project/project.ts";
import { checkEnvironment } from "./check-environment.ts";

const plain: Project = { folder: "/p", entryPoints: [] };
const conda: Project = { ...plain, environment: { kind: "conda_env", definition: "envs/conda.yaml" } };
const docker: Project = { ...plain, environment: { kind: "docker_env", definition: "img:1" } };

test("local is always there, and the default where no environment is declared", () => {
  checkEnvironment(plain, undefined);
  checkEnvironment(plain, "local");
  checkEnvironment(conda, "local");
});

test.each([
  [
    conda,
    undefined,
    "conda_env (envs/conda.yaml): install what it needs yourself and pass --env-manager local",
  ],
  [plain, "uv", "--env-manager uv: install"],
  [docker, "local", "docker_env (image img:1)"],
] as const)("what is not there yet says what to do", (project, requested, message) => {
  expect(() => checkEnvironment(project, requested)).toThrow(
    expect.objectContaining({ code: "NOT_IMPLEMENTED", message: expect.stringContaining(message) as string }),
  );
});

test("an unknown manager is refused with those that there are", () => {
  expect(() => checkEnvironment(plain, "poetry")).toThrow("must be one of local, virtualenv, uv, conda");
});
