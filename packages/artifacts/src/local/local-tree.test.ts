import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalTree } from "./local-tree.ts";

describe("LocalTree", () => {
  let folder: string;
  let tree: LocalTree;
  const bytes = new TextEncoder().encode("x");
  const refused = { code: "INVALID_PARAMETER_VALUE" };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tree-"));
    tree = new LocalTree(join(folder, "root"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("the root always exists", async () => {
    expect(await tree.find("")).toEqual({ path: "", isDir: true });
  });

  test("creating a folder creates its parents, and creating it again does nothing", async () => {
    await tree.makeFolder("a/b");
    await tree.makeFolder("a/b");
    expect(await tree.files.list("a")).toEqual([{ path: "a/b", isDir: true }]);
    expect(await tree.findModificationTimeMs("a/b")).toBeGreaterThan(0);
    expect(await tree.findModificationTimeMs("a/c")).toBeUndefined();
  });

  test("a folder cannot be created over or below a file", async () => {
    await tree.files.write("file", bytes);
    await expect(tree.makeFolder("file")).rejects.toMatchObject(refused);
    await expect(tree.makeFolder("file/below")).rejects.toMatchObject(refused);
  });

  test("moving creates the target's parent folders", async () => {
    await tree.files.write("from/deep/x", bytes);
    await tree.move("from", "to/new");
    expect((await tree.files.list("to/new/deep")).map(({ path }) => path)).toEqual(["to/new/deep/x"]);
    expect(await tree.find("from")).toBeUndefined();
  });

  test("rejects moving onto an existing file, into itself, or a missing file", async () => {
    await tree.files.write("a/x", bytes);
    await tree.files.write("b", bytes);
    await expect(tree.move("a/x", "b")).rejects.toMatchObject({ code: "RESOURCE_ALREADY_EXISTS" });
    await expect(tree.move("a", "a/y")).rejects.toMatchObject(refused);
    await expect(tree.move("none", "c")).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  });

  test("neither dots nor symlinks can leave the root", async () => {
    await tree.makeFolder("inside");
    await mkdir(join(folder, "outside"));
    await symlink(join(folder, "outside"), join(folder, "root", "link"));
    await tree.files.write("x", bytes);
    for (const way of ["../outside/new", "link/new"]) {
      await expect(tree.makeFolder(way)).rejects.toMatchObject(refused);
      await expect(tree.move("x", way)).rejects.toMatchObject(refused);
      await expect(tree.move(way, "y")).rejects.toMatchObject(refused);
    }
    expect(await readdir(join(folder, "outside"))).toEqual([]);
  });
});
