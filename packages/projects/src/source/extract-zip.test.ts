import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeZip, type ZipEntry } from "../testing/write-zip.ts";
import { extractZip, ZIP_LIMITS } from "./extract-zip.ts";

let root: string;
let archive: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "extract-zip-"));
  archive = join(root, "project.zip");
  folder = join(root, "files");
  await mkdir(folder);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function extract(entries: readonly ZipEntry[], limits = ZIP_LIMITS): Promise<void> {
  await writeZip(archive, entries);
  await extractZip({ archive, folder, limits });
}

test("extracts files and folders and keeps the executable bit", async () => {
  await extract([
    { name: "a/" },
    { name: "a/MLproject", text: "name: a\n" },
    { name: "b/c/run.sh", text: "echo", mode: 0o100755 },
  ]);
  expect(await readFile(join(folder, "a/MLproject"), "utf8")).toBe("name: a\n");
  expect((await stat(join(folder, "b/c/run.sh"))).mode & 0o777).toBe(0o755);
  expect((await stat(join(folder, "a/MLproject"))).mode & 0o111).toBe(0);
});

test.each<readonly [string, readonly ZipEntry[], RegExp]>([
  ["a name that escapes the folder", [{ name: "../owned", text: "x" }], /invalid relative path/],
  ["a name with .. in the middle", [{ name: "a/../../owned", text: "x" }], /invalid relative path/],
  ["an absolute name", [{ name: "/tmp/owned", text: "x" }], /absolute path/],
  ["a backslash", [{ name: "..\\owned", text: "x" }], /invalid characters/],
  ["NUL", [{ name: "a\0b", text: "x" }], /NUL/],
  ["a symbolic link", [{ name: "link", text: "/etc/passwd", mode: 0o120777 }], /link or a device/],
  ["a device", [{ name: "tty", mode: 0o020666 }], /link or a device/],
  [
    "a duplicate name",
    [
      { name: "a", text: "1" },
      { name: "a", text: "2" },
    ],
    /EEXIST/,
  ],
  [
    "a file below a file",
    [
      { name: "a", text: "1" },
      { name: "a/b", text: "2" },
    ],
    /EEXIST|ENOTDIR/,
  ],
])("rejects %s", async (_, entries, reason) => {
  await expect(extract(entries)).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: expect.stringMatching(reason) as string,
  });
  expect((await readdir(root)).toSorted()).toEqual(["files", "project.zip"]);
  await expect(access("/tmp/owned")).rejects.toThrow("ENOENT");
});

test("rejects too many or too large files before writing them", async () => {
  const two = [
    { name: "a", text: "12345" },
    { name: "b", text: "12345" },
  ];
  await expect(extract(two, { entriesMax: 1, unpackedBytesMax: 100 })).rejects.toThrow(
    "at most 1 is allowed",
  );
  await expect(extract(two, { entriesMax: 9, unpackedBytesMax: 9 })).rejects.toThrow("more than the 9 bytes");
  expect(await readdir(folder)).toEqual(["a"]);
});

test("rejects an entry with a false size, and a file that is not a zip", async () => {
  await expect(extract([{ name: "a", text: "12345", claimedBytes: 2 }])).rejects.toThrow(
    "cannot be unpacked",
  );
  await writeFile(archive, "these are notes");
  await expect(extractZip({ archive, folder })).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
});
