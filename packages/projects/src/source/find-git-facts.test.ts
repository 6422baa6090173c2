import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findGitFacts } from "./git.ts";

let folder: string;
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), "git-facts-")))));
afterEach(() => rm(folder, { recursive: true, force: true }));

function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  return execFileSync("git", ["-C", folder, ...identity, ...args], { encoding: "utf8" }).trim();
}

test("a folder outside a repository has no git facts", async () => {
  expect(await findGitFacts(folder)).toBeUndefined();
});

test("finds repository, subdirectory, commit, and the remote without its token", async () => {
  git("init", "-q");
  const project = join(folder, "examples");
  await mkdir(project);
  await mkdir(join(folder, "build"));
  await writeFile(join(folder, ".gitignore"), "build/\n");
  expect(await findGitFacts(project)).toEqual({ root: folder, subdirectory: "examples" });
  git("add", ".");
  git("commit", "-q", "-m", "first");
  git("remote", "add", "origin", "https://me:secret@example.com/repo.git");
  expect(await findGitFacts(project)).toEqual({
    root: folder,
    subdirectory: "examples",
    commit: git("rev-parse", "HEAD"),
    repoUrl: "https://example.com/repo.git",
  });
  expect(await findGitFacts(join(folder, "build"))).toMatchObject({ commit: undefined });
});
