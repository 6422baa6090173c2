import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { MlflowVersion } from "./mlflow-versions.ts";

export const FIXTURES_DIR: string = fileURLToPath(new URL("fixtures", import.meta.url));

/** Contents by path. */
export type FolderFixture = Readonly<Record<string, string | { readonly base64: string }>>;

/** Writes a release's database into a folder, and gives its path. */
export async function writeDatabaseFixture(folder: string, version: MlflowVersion): Promise<string> {
  const file = join(folder, "mlflow.db");
  await writeFile(file, gunzipSync(await readFile(join(FIXTURES_DIR, `mlflow-${version}.db.gz`))));
  return file;
}

/** Writes what a release keeps in its folder into another, and gives its path. */
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
