import { type Part, pythonWith } from "@flightdeck/testkit";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mkdir, readFile, writeFile, readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { gunzipSync } from "node:zlib";

/** The releases that the fixtures were made with: the latest of MLflow 1, 2 and 3 at the time of writing. */
export const MLFLOW_VERSIONS = ["1.30.1", "2.22.4", "3.17.2"] as const;

/** One of `MLFLOW_VERSIONS`. */
export type MlflowVersion = (typeof MLFLOW_VERSIONS)[number];

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(`python/${path}`, import.meta.url));
/** Enough for a script's output, including metric histories. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** A Python with one release of MLflow. */
export function mlflowPython(version: MlflowVersion): Promise<Part<string>> {
  return pythonWith(here(`mlflow-${version}.txt`));
}

/** A script to run with an MLflow release. */
export type MlflowScript = {
  readonly interpreter: string;
  /** The file's name in `python/`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
};

/** Runs a script and returns the JSON object on its last line. */
export async function runMlflow({
  interpreter,
  file,
  args,
  cwd,
}: MlflowScript): Promise<Record<string, unknown>> {
  const { stdout } = await run(interpreter, ["-W", "ignore", here(file), ...args], {
    cwd,
    maxBuffer: OUTPUT_BYTES_MAX,
    env: mlflowEnvironment(),
  });
  const lines = stdout.trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>; // The script prints an object.
}

/** MLflow 3 must be told to allow the file store, and not to send telemetry. */
export function mlflowEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MLFLOW_ALLOW_FILE_STORE: "true",
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
}

/** The folder of the fixtures. */
export const FIXTURES_DIR: string = fileURLToPath(new URL("fixtures", import.meta.url));

/** File contents by path. */
export type FolderFixture = Readonly<Record<string, string | { readonly base64: string }>>;

/** Writes a release's database into a folder. Returns its path. */
export async function writeDatabaseFixture(folder: string, version: MlflowVersion): Promise<string> {
  const file = join(folder, "mlflow.db");
  await writeFile(file, gunzipSync(await readFile(join(FIXTURES_DIR, `mlflow-${version}.db.gz`))));
  return file;
}

/** Writes a release's `mlruns` into a folder. Returns its path. */
export async function writeFolderFixture(folder: string, version: MlflowVersion): Promise<string> {
  const root = join(folder, "mlruns");
  const text = await readFile(join(FIXTURES_DIR, `mlruns-${version}.json`), "utf8");
  for (const [path, content] of Object.entries(JSON.parse(text) as FolderFixture)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : Buffer.from(content.base64, "base64"));
  }
  return root;
}

/** The content and mtime of every file below a folder, to check that nothing changed. */
export async function snapshot(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(async (file) => {
    const { mtimeMs } = await stat(file);
    return [relative(folder, file), `${mtimeMs} ${(await readFile(file)).toString("base64")}`] as const;
  });
  return new Map(await Promise.all(contents));
}
