import { execFileSync } from "node:child_process";
import { appendFile, mkdir, open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSource } from "../open-source.ts";
import { writeDatabaseFixture, writeFolderFixture, snapshot } from "../testing/mlflow-fixtures.ts";
import { openTarget, type TestTarget } from "../testing/open-target.ts";
import type { ImportReport } from "./import-context.ts";
import { importWorkspace } from "./import-workspace.ts";

/* Sources prepared by an attacker who wants to read or damage other files. */

let target: TestTarget;
/** A folder that no import may read. */
let outside: string;
beforeEach(async () => {
  target = await openTarget();
  outside = join(target.folder, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret");
  await mkdir(join(target.folder, "source"));
});
afterEach(() => target.close());

describe("a database", () => {
  let file: string;
  beforeEach(async () => {
    file = await writeDatabaseFixture(join(target.folder, "source"), "3.17.2");
  });

  test("cannot make the import copy another folder unless the user names it", async () => {
    await rm(outside, { recursive: true });
    outside = join(target.folder, "source", "beside the database");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    execute(`UPDATE runs SET artifact_uri = '${pathToFileURL(outside).href}' WHERE name = 'parent'`);
    const refused = await importFrom(file);
    expect(refused.target["artifact files"]).toBe(0);
    expect(refused.source["artifact files"]).toBe(1);
    expect(refused.notes).toContain(
      `artifacts not copied: ${outside} is outside the source; allow reading it with --source-artifacts ${outside}`,
    );
    expect(await copiedFiles()).toEqual([]);
    const allowed = await importFrom(file, outside);
    expect(allowed.target).toEqual(allowed.source);
    expect(await copiedFiles()).toEqual(["secret"]);
  });

  test("artifacts in mlruns next to the database are copied", async () => {
    const folder = join(target.folder, "source", "mlruns", "1");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "mine"), "x");
    execute("UPDATE runs SET artifact_uri = './mlruns/1' WHERE name = 'parent'");
    const report = await importFrom(file);
    expect(report.target).toEqual(report.source);
    expect(await copiedFiles()).toEqual(["mine"]);
  });

  test("symlinks next to it are not followed", async () => {
    await symlink(outside, join(target.folder, "source", "mlruns"));
    await symlink(outside, join(target.folder, "source", "mlartifacts"));
    execute("UPDATE runs SET artifact_uri = './mlruns' WHERE name = 'parent'");
    execute("UPDATE runs SET artifact_uri = 'mlflow-artifacts:/' WHERE name = 'child'");
    const report = await importFrom(file);
    expect(report.source["artifact files"]).toBeGreaterThanOrEqual(2);
    expect(await copiedFiles()).toEqual([]);
  });

  test.each([
    "mlflow-artifacts:/../../outside",
    "mlflow-artifacts:/%2e%2e/outside",
    "runs:/0123/x",
    "../outside",
    "file://host/outside",
  ])("cannot escape its folder with %s", async (uri) => {
    execute(`UPDATE runs SET artifact_uri = '${uri}' WHERE name = 'parent'`);
    const report = await importFrom(file);
    expect(report.target["artifact files"]).toBe(0);
    expect(await copiedFiles()).toEqual([]);
    expect(report.notes.join()).toMatch(/artifacts not copied/);
  });

  test("artifacts in other storage are left in place", async () => {
    execute("UPDATE runs SET artifact_uri = 's3://bucket/x' WHERE name = 'parent'");
    execute("UPDATE experiments SET artifact_location = 's3://bucket' WHERE name = 'airline'");
    const report = await importFrom(file);
    expect(report.target).toEqual(report.source);
    expect(report.notes).toEqual(["artifacts in s3: are left in place"]);
    const airline = await target.store.tracking.findExperimentByName("airline");
    expect(airline?.artifactLocation).toBe("s3://bucket");
  });

  test.each([
    ["UPDATE params SET value = x'00ff'", "the table params is not in MLflow's format: 0.value"],
    ["UPDATE runs SET start_time = 'soon'", "the table runs is not in MLflow's format: 0.start_time"],
    ["UPDATE runs SET status = 'DONE'", "the table runs is not in MLflow's format: 0.status"],
    ["UPDATE metrics SET value = 'high'", "the table metrics is not in MLflow's format"],
    ["UPDATE metrics SET step = 1.5", "the table metrics is not in MLflow's format"],
    ["UPDATE metrics SET step = 9007199254740993 WHERE key = 'auc'", "a number in it is beyond 2^53"],
    ["DROP TABLE tags", "no such table: tags"],
  ])("gives one clear error after %s", async (statement, problem) => {
    execute(`PRAGMA ignore_check_constraints = 1; ${statement}`);
    await expect(importFrom(file)).rejects.toMatchObject({
      name: "AppError",
      message: expect.stringContaining(problem) as string,
    });
  });

  function execute(sql: string): void {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  }
});

describe("a folder", () => {
  let root: string;
  let run: string;
  beforeEach(async () => {
    root = await writeFolderFixture(join(target.folder, "source"), "3.17.2");
    run = await folderOf("parent");
  });

  test("cannot make the import copy the targets of symlinks", async () => {
    await symlink(join(outside, "secret"), join(run, "artifacts", "link"));
    await symlink(outside, join(run, "artifacts", "folder"));
    await symlink(join(run, "artifacts"), join(run, "artifacts", "data", "loop"));
    const report = await importFrom(root);
    expect((await copiedFiles()).toSorted()).toEqual(["MLmodel", "all bytes.bin", "empty", "notes.txt"]);
    expect(report.source["artifact files"]).toBe(report.target["artifact files"] + 3);
    expect(report.notes.filter((note) => note.startsWith("artifacts not copied"))).toHaveLength(3);
  });

  test("cannot link its artifacts folder elsewhere", async () => {
    await rm(join(run, "artifacts"), { recursive: true });
    await symlink(outside, join(run, "artifacts"));
    const report = await importFrom(root);
    expect(await copiedFiles()).toEqual(["MLmodel"]);
    expect(report.notes.join()).toContain("is outside the source");
  });

  test("reports files whose names are not valid for artifacts", async () => {
    await writeFile(join(run, "artifacts", "what?"), "x");
    const report = await importFrom(root);
    expect(report.source["artifact files"]).toBe(report.target["artifact files"] + 1);
    expect(report.notes.join()).toContain("it must not contain '#', ';' or '?'");
  });

  test("cannot link a param to another file", async () => {
    await symlink(join(outside, "secret"), join(run, "params", "stolen"));
    await expect(importFrom(root)).rejects.toThrow("it points outside the imported folder");
  });

  test("cannot make the import block on a pipe", async () => {
    execFileSync("mkfifo", [join(run, "params", "pipe")]);
    await expect(importFrom(root)).rejects.toThrow("it is not a regular file");
  });

  test.each([
    ["an alias", "a: &a [x, x]\nb: *a\n", "it has an alias"],
    ["nested brackets", "[".repeat(100_000), /is not in MLflow's format/],
    ["another run's id", "run_id: '0123'\n", 'its run_id is "0123"'],
    ["nothing", "", "expected object"],
    ["invalid YAML", "a: [\n", /is not in MLflow's format/],
  ])("gives one clear error for %s in a record", async (_, text, problem) => {
    await writeFile(join(run, "meta.yaml"), text);
    await expect(importFrom(root)).rejects.toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
      message: expect.stringMatching(problem) as string,
    });
  });

  test("cannot exhaust memory with a record or a line", async () => {
    const huge = await open(join(run, "tags", "huge"), "w");
    await huge.truncate(21 * 1024 * 1024);
    await huge.close();
    await expect(importFrom(root)).rejects.toThrow("it is larger than");
    await rm(join(run, "tags", "huge"));
    await writeFile(join(run, "metrics", "line"), "1".repeat(100_000));
    await expect(importFrom(root)).rejects.toThrow("a line is longer than 4096 characters");
  });

  test("cannot refer to a dataset outside the folder", async () => {
    const [input = ""] = await readdir(join(run, "inputs"));
    const file = join(run, "inputs", input, "meta.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/source_id: .*/, "source_id: ../../../../outside"));
    const report = await importFrom(root);
    expect(report.source["dataset inputs"]).toBe(0);
  });

  test("duplicate points are imported once", async () => {
    await appendFile(join(run, "metrics", "loss"), "1700000000000 1.0 0\n1700000000000 1 0\n");
    const report = await importFrom(root);
    expect(report.target).toEqual(report.source);
    expect(report.source["metric points"]).toBe(45);
  });

  async function folderOf(name: string): Promise<string> {
    const paths = [...(await snapshot(root)).keys()].filter((path) => path.endsWith("tags/mlflow.runName"));
    for (const path of paths) {
      if ((await readFile(join(root, path), "utf8")) === name) return join(root, path, "..", "..");
    }
    throw new TypeError(`no run is named ${name}`);
  }
});

async function importFrom(uri: string, artifacts?: string): Promise<ImportReport> {
  const source = await openSource(uri, { artifacts });
  try {
    return await importWorkspace(source, target);
  } finally {
    await source.close();
  }
}

/** The names of the files in the artifacts destination. */
async function copiedFiles(): Promise<readonly string[]> {
  const entries = await readdir(target.artifactsFolder, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
