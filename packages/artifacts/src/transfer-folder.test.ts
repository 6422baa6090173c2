import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ArtifactRepository } from "./artifact-repository.ts";
import { LocalArtifactRepository } from "./local/local-artifact-repository.ts";
import { downloadFolder, type TransferProgress, uploadFolder } from "./transfer-folder.ts";

let base: string;
let folder: string;
let repository: LocalArtifactRepository;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "transfer-"));
  folder = join(base, "model");
  await mkdir(join(folder, "data"), { recursive: true });
  await writeFile(join(folder, "MLmodel"), "flavors");
  await writeFile(join(folder, "data", "trees.bin"), "trees");
  repository = new LocalArtifactRepository(join(base, "store"));
});
afterEach(() => rm(base, { recursive: true }));

test("uploads and downloads a folder unchanged, and reports progress", async () => {
  const reported: TransferProgress[] = [];
  const up = await uploadFolder(
    { repository, folder, path: "m" },
    { concurrency: 1, onProgress: (progress) => reported.push(progress) },
  );
  expect(up).toEqual({ files: 2, bytes: 12 });
  expect(reported).toEqual([
    { path: "MLmodel", filesDone: 1, filesTotal: 2, bytesDone: 7 },
    { path: "data/trees.bin", filesDone: 2, filesTotal: 2, bytesDone: 12 },
  ]);
  const destination = join(base, "down");
  expect(await downloadFolder({ repository, path: "m", destination })).toEqual({ files: 2, bytes: 12 });
  expect(await readFile(join(destination, "data", "trees.bin"), "utf8")).toBe("trees");
});

test("a single file is downloaded under its own name", async () => {
  await uploadFolder({ repository, folder });
  const destination = join(base, "down");
  await downloadFolder({ repository, path: "data/trees.bin", destination });
  expect(await readdir(destination)).toEqual(["trees.bin"]);
});

test("follows symlinks to files, but not dangling ones and symlinks to folders", async () => {
  await symlink(join(folder, "MLmodel"), join(folder, "linked"));
  await symlink(base, join(folder, "up"));
  await symlink(join(base, "nowhere"), join(folder, "dangling"));
  expect(await uploadFolder({ repository, folder })).toEqual({ files: 3, bytes: 19 });
});

test("rejects a missing folder, and a download of nothing", async () => {
  const missing = join(base, "missing");
  await expect(uploadFolder({ repository, folder: missing })).rejects.toThrow(
    `folder '${missing}' does not exist`,
  );
  const download = downloadFolder({ repository, path: "absent", destination: join(base, "down") });
  await expect(download).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
});

test("a cancelled transfer starts no further file", async () => {
  const controller = new AbortController();
  const upload = uploadFolder(
    { repository, folder },
    { concurrency: 1, signal: controller.signal, onProgress: () => controller.abort() },
  );
  await expect(upload).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await repository.list("")).toHaveLength(1);
});

test("the first failure stops the transfer", async () => {
  await mkdir(join(base, "store", "MLmodel"), { recursive: true });
  const upload = uploadFolder({ repository, folder }, { concurrency: 1 });
  await expect(upload).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
  expect(await repository.find("data")).toBeUndefined();
});

test("a hostile repository cannot make a download write outside its destination", async () => {
  const hostile: ArtifactRepository = {
    rootUri: "hostile:/",
    list: () => Promise.resolve([{ path: "m/../../owned", isDir: false, fileSizeBytes: 1 }]),
    find: () => Promise.resolve(undefined),
    read: () => Promise.resolve({ stream: Readable.from([Buffer.from("x")]), sizeBytes: 1 }),
    write: () => Promise.resolve(0),
    delete: () => Promise.resolve(),
  };
  const destination = join(base, "deep", "down");
  const download = downloadFolder({ repository: hostile, path: "m", destination });
  await expect(download).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
  expect(await readdir(base)).toEqual(["model"]);
});
