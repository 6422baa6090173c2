import { AppError } from "@flightdeck/core";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type FolderFixture,
  FIXTURES_DIR,
  MLFLOW_VERSIONS,
  type MlflowVersion,
  mlflowPython,
  runMlflow,
} from "./mlflow-fixtures.ts";

/*
 * Regenerates the fixtures with each release's own client: `node packages/import/src/testing/make-fixtures.ts`. Ids and times
 * change every time, so run it only after changing `make_source.py`.
 */

/** A fixed path, because it ends up in the fixtures. */
const FOLDER = join(tmpdir(), "flightdeck-import-fixture");

for (const version of MLFLOW_VERSIONS) await makeFixtures(version);

async function makeFixtures(version: MlflowVersion): Promise<void> {
  const python = await mlflowPython(version);
  if (python.missing) throw new AppError("INVALID_STATE", python.reason);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const make = (...args: readonly string[]): Promise<unknown> =>
    runMlflow({ interpreter: python.value, file: "make_source.py", args, cwd: FOLDER });
  const database = join(FOLDER, "mlflow.db");
  await make(`sqlite:///${database}`, "mlflow-artifacts:");
  await writeFile(
    join(FIXTURES_DIR, `mlflow-${version}.db.gz`),
    gzipSync(await readFile(database), { level: 9 }),
  );
  const mlruns = join(FOLDER, "tracked", "mlruns");
  await make(`file://${mlruns}`);
  const content = JSON.stringify(await readFolder(mlruns), undefined, 2);
  await writeFile(join(FIXTURES_DIR, `mlruns-${version}.json`), `${content}\n`);
  await rm(FOLDER, { recursive: true });
}

async function readFolder(folder: string): Promise<FolderFixture> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files
    .toSorted()
    .map(async (file) => [relative(folder, file), await readContent(file)] as const);
  return Object.fromEntries(await Promise.all(contents));
}

/** Text for UTF-8 files, base64 for all others. */
async function readContent(file: string): Promise<FolderFixture[string]> {
  const bytes = await readFile(file);
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : { base64: bytes.toString("base64") };
}
