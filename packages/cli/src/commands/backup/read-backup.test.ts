import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type Header, pack } from "tar-stream";
import { openStore } from "@flightdeck/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readBackup, type RestoreResult } from "./read-backup.ts";
import { type BackupResult, writeBackup } from "./write-backup.ts";

let folder: string;
let dataDir: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "backup-"));
  dataDir = join(folder, "data");
  file = join(folder, "made.tar");
});
afterEach(() => rm(folder, { recursive: true }));

const uri = (): string => `sqlite:///${join(dataDir, "flightdeck.db")}`;

async function makeWorkspace(): Promise<void> {
  const store = await openStore({ backendStoreUri: uri(), defaultArtifactRoot: "mlflow-artifacts:/" });
  await store.tracking.createExperiment({ name: "kept" });
  await store.close();
  await mkdir(join(dataDir, "artifacts", "1", "déjà vu"), { recursive: true });
  await writeFile(join(dataDir, "artifacts", "1", "déjà vu", "a b.txt"), "content");
  await writeFile(join(dataDir, "artifacts", "1", "x".repeat(200)), new Uint8Array(700_000).fill(7));
  await writeFile(join(dataDir, "artifacts", "empty"), "");
  await writeFile(join(dataDir, "signed-urls.key"), "k".repeat(32));
}

async function back(options: { withKeys?: boolean } = {}): Promise<BackupResult> {
  return await writeBackup({
    dataDir,
    backendStoreUri: uri(),
    file,
    withKeys: false,
    version: "0",
    nowMs: 1,
    onProgress: () => undefined,
    ...options,
  });
}

async function restore(from = file, to = join(folder, "restored")): Promise<RestoreResult> {
  return await readBackup({ file: from, dataDir: to, onProgress: () => undefined });
}

describe("a backup of a workspace", () => {
  beforeEach(makeWorkspace);

  test("is restored unchanged, readable only by its owner", async () => {
    await symlink("/etc", join(dataDir, "artifacts", "link"));
    const { leftOut, files } = await back({ withKeys: true });
    expect(leftOut).toEqual(["artifacts/link"]);
    const restored = await restore();
    expect([restored.files, restored.withKeys]).toEqual([files, true]);
    const place = join(folder, "restored");
    expect(await readFile(join(place, "artifacts", "1", "déjà vu", "a b.txt"), "utf8")).toBe("content");
    expect((await stat(join(place, "artifacts", "1", "x".repeat(200)))).size).toBe(700_000);
    expect((await stat(join(place, "artifacts", "empty"))).size).toBe(0);
    expect(await readdir(place)).toEqual(["artifacts", "flightdeck.db", "signed-urls.key"]);
    for (const each of ["flightdeck.db", "artifacts/empty", "signed-urls.key"]) {
      expect((await stat(join(place, each))).mode & 0o777).toBe(0o600);
    }
    const store = await openStore({
      backendStoreUri: `sqlite:///${join(place, "flightdeck.db")}`,
      defaultArtifactRoot: "mlflow-artifacts:/",
    });
    expect((await store.tracking.findExperimentByName("kept"))?.name).toBe("kept");
    await store.close();
    expect((await readdir(folder)).toSorted()).toEqual(["data", "made.tar", "restored"]);
  });

  test("contains keys only with --keys, and never replaces a file", async () => {
    await back();
    expect((await readFile(file)).includes("k".repeat(32))).toBe(false);
    expect((await restore()).withKeys).toBe(false);
    await expect(back()).rejects.toMatchObject({ code: "RESOURCE_ALREADY_EXISTS" });
  });

  test("is not restored into a folder that is not empty", async () => {
    await back();
    await expect(restore(file, dataDir)).rejects.toThrow("is not empty");
    await mkdir(join(folder, "empty"));
    await restore(file, join(folder, "empty"));
    expect(await readdir(join(folder, "empty"))).toContain("flightdeck.db");
  });

  test.each([0, 1000, 10_000, 200_000])(
    "cut off after %i bytes, it is refused and nothing is left behind",
    async (bytes) => {
      await back();
      await truncate(file, bytes);
      await expect(restore()).rejects.toThrow(/^the backup cannot be restored: /);
      expect((await readdir(folder)).toSorted()).toEqual(["data", "made.tar"]);
    },
  );

  test("with one byte changed in a file or the database, it is refused and nothing is left behind", async () => {
    await back();
    const bytes = await readFile(file);
    for (const at of [bytes.indexOf("content"), bytes.indexOf("SQLite format 3") + 3000]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await writeFile(join(folder, "damaged.tar"), damaged);
      await expect(restore(join(folder, "damaged.tar"))).rejects.toThrow("has changed since it was written");
    }
    expect(await readdir(folder)).not.toContain("restored");
  });
});

type Made = Partial<Header> & { readonly name: string; readonly text?: string };

/** Creates an archive as an attacker would, with a manifest and matching checksums. */
async function makeArchive(entries: readonly Made[], { checksums = true } = {}): Promise<void> {
  const archive = pack();
  const output = createWriteStream(file);
  archive.pipe(output);
  const manifest = '{"format":1}';
  const all = [{ name: "flightdeck-backup.json", text: manifest }, ...entries];
  for (const { text = "", ...header } of all) archive.entry(header, text);
  const lines = all.map(
    ({ name, text = "" }) => `${createHash("sha256").update(text).digest("hex")}  ${name}`,
  );
  if (checksums) archive.entry({ name: "checksums.sha256" }, `${lines.join("\n")}\n`);
  archive.finalize();
  await finished(output);
}

test.each<[string, readonly Made[], string]>([
  ["a name with ..", [{ name: "artifacts/../../evil", text: "x" }], "evil"],
  ["an absolute name", [{ name: "/tmp/evil", text: "x" }], "/tmp/evil"],
  ["a name with a backslash", [{ name: "artifacts\\..\\evil", text: "x" }], "evil"],
  ["a file that the server would trust", [{ name: "flightdeck.db-wal", text: "x" }], "flightdeck.db-wal"],
  ["a folder that backups do not contain", [{ name: "jobs/1/process", text: "x" }], "jobs/1/process"],
  ["a symbolic link", [{ name: "artifacts/l", type: "symlink", linkname: "/etc" }], "is a symlink"],
  ["a hard link", [{ name: "artifacts/l", type: "link", linkname: "/etc/passwd" }], "is a link"],
  ["a device", [{ name: "artifacts/d", type: "character-device" }], "is a character-device"],
  ["a pipe", [{ name: "artifacts/p", type: "fifo" }], "is a fifo"],
  [
    "a name twice",
    [
      { name: "artifacts/a", text: "1" },
      { name: "artifacts/a", text: "2" },
    ],
    "twice",
  ],
  ["no database", [{ name: "artifacts/a", text: "1" }], "no database"],
])("an archive with %s is refused and nothing is left behind", async (_, entries, reason) => {
  await makeArchive(entries);
  await expect(restore()).rejects.toThrow(reason);
  expect(await readdir(folder)).toEqual(["made.tar"]);
});

test("an archive with a file where a folder is needed is refused", async () => {
  await makeArchive([
    { name: "artifacts/a", text: "1" },
    { name: "artifacts/a/b", text: "2" },
  ]);
  await expect(restore()).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["made.tar"]);
});

test("an archive without checksums, or whose database is not one, is refused", async () => {
  await makeArchive([{ name: "flightdeck.db", text: "x" }], { checksums: false });
  await expect(restore()).rejects.toThrow("ends before checksums.sha256");
  await makeArchive([{ name: "flightdeck.db", text: "not a database at all" }]);
  await expect(restore()).rejects.toMatchObject({ code: "IO_ERROR" });
  expect(await readdir(folder)).toEqual(["made.tar"]);
});

test("a header with a false size fills neither memory nor disk", async () => {
  const archive = pack();
  const output = createWriteStream(file);
  archive.pipe(output);
  archive.entry({ name: "flightdeck-backup.json" }, '{"format":1}');
  archive.finalize();
  await finished(output);
  const bomb = headerOf({ name: "artifacts/bomb", sizeBytes: 8_000_000_000 });
  const pax = headerOf({ name: "pax", sizeBytes: 8_000_000_000, type: "x" });
  const made = (await readFile(file)).subarray(0, 1024);
  for (const header of [bomb, pax]) {
    await writeFile(file, Buffer.concat([made, header, Buffer.alloc(4096)]));
    await expect(restore()).rejects.toThrow(/^the backup cannot be restored: /);
    expect(await readdir(folder)).toEqual(["made.tar"]);
  }
});

/** Creates a header block (POSIX.1-2017, "ustar Interchange Format") with a false size. */
function headerOf(entry: { name: string; sizeBytes: number; type?: string }): Buffer {
  const block = Buffer.alloc(512);
  block.write(entry.name, 0);
  block.write("0000600\0", 100);
  block.write(`${entry.sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
  block.write("        ", 148);
  block.write(entry.type ?? "0", 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

test("a hard link in the workspace is backed up as a file", async () => {
  await makeWorkspace();
  await link(join(dataDir, "artifacts", "empty"), join(dataDir, "artifacts", "again"));
  expect((await back()).leftOut).toEqual([]);
});
