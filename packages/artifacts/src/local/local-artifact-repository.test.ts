import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeArtifactRepository } from "../testing/describe-artifact-repository.ts";
import { LocalArtifactRepository } from "./local-artifact-repository.ts";

describeArtifactRepository("LocalArtifactRepository", async () => {
  const folder = await mkdtemp(join(tmpdir(), "artifacts-"));
  const close = (): Promise<void> => rm(folder, { recursive: true });
  return { repository: new LocalArtifactRepository(join(folder, "created", "at first write")), close };
});

describe("a folder with symlinks and unfinished uploads", () => {
  let folder: string;
  let root: string;
  let repository: LocalArtifactRepository;
  const bytes = new TextEncoder().encode("written");
  const refused = { code: "INVALID_PARAMETER_VALUE" };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "artifacts-"));
    root = join(folder, "root");
    await mkdir(root);
    await writeFile(join(folder, "secret"), "secret");
    repository = new LocalArtifactRepository(root);
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("a symlink to a file outside is not read, listed, written through or deleted", async () => {
    await symlink(join(folder, "secret"), join(root, "link"));
    await expect(repository.read("link")).rejects.toMatchObject(refused);
    await expect(repository.find("link")).rejects.toMatchObject(refused);
    await expect(repository.write("link", bytes)).rejects.toMatchObject(refused);
    await expect(repository.delete("link")).rejects.toMatchObject(refused);
    expect(await repository.list("")).toEqual([]);
    expect(await readFile(join(folder, "secret"), "utf8")).toBe("secret");
  });

  test("a symlink to a folder outside is not followed, even for new names", async () => {
    await symlink(folder, join(root, "out"));
    await expect(repository.read("out/secret")).rejects.toMatchObject(refused);
    await expect(repository.write("out/new/deep", bytes)).rejects.toMatchObject(refused);
    await expect(repository.list("out")).rejects.toMatchObject(refused);
    expect(await readdir(folder)).toEqual(["root", "secret"]);
  });

  test("a dangling symlink is not written through", async () => {
    await symlink(join(folder, "not-yet"), join(root, "dangling"));
    await expect(repository.write("dangling", bytes)).rejects.toMatchObject(refused);
    await expect(repository.write("dangling/below", bytes)).rejects.toMatchObject(refused);
    expect(await readdir(folder)).toEqual(["root", "secret"]);
  });

  test("measures files and symlinks without following them", async () => {
    await repository.write("a/b/c", bytes);
    await repository.write("d", bytes);
    await symlink(join(root, "a"), join(root, "a", "loop"));
    const { files, bytes: total } = await repository.measure("a");
    expect(files).toBe(2);
    expect(total).toBe(bytes.length + join(root, "a").length); // A symlink's size is the length of its target.
    expect(await repository.measure("d")).toEqual({ files: 1, bytes: bytes.length });
    expect(await repository.measure("absent")).toEqual({ files: 0, bytes: 0 });
    await expect(repository.measure("../secret")).rejects.toMatchObject(refused);
  });

  test("rejects a loop of symlinks", async () => {
    await symlink(join(root, "a"), join(root, "b"));
    await symlink(join(root, "b"), join(root, "a"));
    await expect(repository.read("a")).rejects.toMatchObject(refused);
  });

  test("a folder whose name starts with the root's is not inside it", async () => {
    await mkdir(`${root}-other`);
    await symlink(`${root}-other`, join(root, "other"));
    await expect(repository.write("other/x", bytes)).rejects.toMatchObject(refused);
  });

  test("a symlink inside the root works, and so does a root that is a symlink", async () => {
    await repository.write("real/x", bytes);
    await symlink(join(root, "real"), join(root, "alias"));
    await symlink(root, join(folder, "root-link"));
    const { stream } = await new LocalArtifactRepository(join(folder, "root-link")).read("alias/x");
    expect((await stream.toArray()).join("")).toBe("written");
  });

  test("files and folders are accessible to the owner only", async () => {
    await repository.write("deep/x", bytes);
    expect((await stat(join(root, "deep", "x"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, "deep"))).mode & 0o777).toBe(0o700);
  });

  test("an unfinished upload is not listed", async () => {
    await repository.write("x", bytes);
    await writeFile(join(root, `.flightdeck-upload-${"0".repeat(32)}`), "half");
    expect(await repository.list("")).toHaveLength(1);
  });
});
