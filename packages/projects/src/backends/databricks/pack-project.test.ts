import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packProject } from "./upload-project.ts";

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pack-project-"));
  folder = join(root, "project");
  await mkdir(folder);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const pack = (name = "a.tar.gz", bytesMax?: number): ReturnType<typeof packProject> =>
  packProject({
    folder,
    path: join(root, name),
    name: "mlflow-project",
    ...(bytesMax !== undefined && { bytesMax }),
  });

function tar(...args: readonly string[]): string {
  return execFileSync("tar", [...args], { cwd: root, encoding: "utf8" });
}

test("GNU tar unpacks the archive with its links, file modes and long names", async () => {
  const long = "d".repeat(70);
  await mkdir(join(folder, long));
  await writeFile(join(folder, long, "é".repeat(60)), "far\n");
  await writeFile(join(folder, "run.sh"), "echo\n");
  await chmod(join(folder, "run.sh"), 0o755);
  await writeFile(join(folder, "empty"), "");
  const large = Buffer.alloc(200_000, "flights");
  await writeFile(join(folder, "large"), large);
  await symlink("run.sh", join(folder, "link"));
  await pack();
  tar("-xzf", "a.tar.gz");
  const unpacked = join(root, "mlflow-project");
  expect((await readdir(unpacked, { recursive: true })).toSorted()).toEqual(
    (await readdir(folder, { recursive: true })).toSorted(),
  );
  expect(await readFile(join(unpacked, long, "é".repeat(60)), "utf8")).toBe("far\n");
  expect(await readlink(join(unpacked, "link"))).toBe("run.sh");
  expect(await readFile(join(root, "mlflow-project/large"))).toEqual(large);
  expect(tar("-tvzf", "a.tar.gz")).toMatch(
    /^-rwxr-xr-x root\/root +5 1970-01-01 .* mlflow-project\/run\.sh$/m,
  );
});

test("run data and linked node_modules are left out of the archive", async () => {
  for (const name of ["mlruns", ".flightdeck", "sub"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "file"), "x");
  }
  await mkdir(join(folder, "sub/mlruns"));
  await symlink("/elsewhere", join(folder, "node_modules"));
  await pack();
  expect(tar("-tzf", "a.tar.gz").trim().split("\n")).toEqual([
    "mlflow-project/",
    "mlflow-project/sub/",
    "mlflow-project/sub/file",
  ]);
});

test("the hash depends on the content, not on file times", async () => {
  await writeFile(join(folder, "a"), "1");
  const before = await pack();
  await utimes(join(folder, "a"), 1, 1);
  expect((await pack("b.tar.gz")).sha256).toBe(before.sha256);
  const bytes = await readFile(join(root, "a.tar.gz"));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(before.sha256);
  expect(before.sizeBytes).toBe(bytes.length);
  await writeFile(join(folder, "a"), "2");
  expect((await pack("c.tar.gz")).sha256).not.toBe(before.sha256);
});

test("rejects a project that is too large", async () => {
  await writeFile(join(folder, "a"), Buffer.alloc(10_000));
  await expect(pack("a.tar.gz", 9_999)).rejects.toThrow("more than the 9999 bytes");
});
