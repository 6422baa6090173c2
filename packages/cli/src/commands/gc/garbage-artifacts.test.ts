import type { Garbage } from "@flightdeck/store";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GarbageArtifacts } from "./garbage-artifacts.ts";

const RUN_ID = "0123456789abcdef0123456789abcdef";

let folder: string;
let artifacts: GarbageArtifacts;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flightdeck-gc-"));
  artifacts = new GarbageArtifacts({ dataDir: folder, destination: join(folder, "artifacts") });
});
afterEach(() => rm(folder, { recursive: true }));

async function put(path: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "12345");
}

function run(artifactUri: string, id = RUN_ID): Garbage {
  return { kind: "run", id, artifactUri };
}

test.each([
  ["artifacts", `mlflow-artifacts:/1/${RUN_ID}/artifacts`],
  ["artifacts", `http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/${RUN_ID}/artifacts`],
  ["dbfs", `dbfs:/1/${RUN_ID}/artifacts`],
])("in %s, the artifacts at %s are measured and deleted, with their own folder", async (root, uri) => {
  await put(`${root}/1/${RUN_ID}/artifacts/plots/a`);
  await put(`${root}/1/other/artifacts/b`);
  expect(await artifacts.measure(run(uri))).toEqual({ files: 1, bytes: 5 });
  await artifacts.delete(run(uri));
  expect(await readdir(join(folder, root, "1"))).toEqual(["other"]);
  expect(await artifacts.measure(run(uri))).toEqual({ files: 0, bytes: 0 });
  await artifacts.delete(run(uri)); // An interrupted gc repeats the deletion.
});

test("a local folder is deleted only if its name is a generated id", async () => {
  await put(`own/${RUN_ID}/artifacts/a`);
  await put("own/mine/artifacts/a");
  const uri = (id: string): string => `file://${folder}/own/${id}/artifacts`;
  expect(await artifacts.measure(run(uri("mine"), "mine"))).toBeUndefined();
  await artifacts.delete(run(uri("mine"), "mine"));
  expect(await artifacts.measure(run(uri(RUN_ID)))).toEqual({ files: 1, bytes: 5 });
  await artifacts.delete(run(uri(RUN_ID)));
  expect(await readdir(join(folder, "own"))).toEqual(["mine"]);
});

test.each([
  `mlflow-artifacts:/`,
  `mlflow-artifacts:/1/other/artifacts`,
  `mlflow-artifacts:/1/${RUN_ID}`,
  `mlflow-artifacts:/../${RUN_ID}/artifacts`,
  `http://host/${RUN_ID}/artifacts`,
  `s3://bucket/${RUN_ID}/artifacts`,
  "",
  "file:",
])("%s is not the run's own folder: nothing is deleted", async (uri) => {
  await put("artifacts/1/other/artifacts/b");
  expect(await artifacts.measure(run(uri))).toBeUndefined();
  await artifacts.delete(run(uri));
  expect(await artifacts.measure(run("mlflow-artifacts:/1/other/artifacts", "other"))).toMatchObject({
    files: 1,
  });
});
