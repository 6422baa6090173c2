import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expandRequirements } from "./expand-requirements.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "requirements-"));
  await mkdir(join(folder, "sub"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const expand = (...lines: string[]): ReturnType<typeof expandRequirements> =>
  expandRequirements(lines, { folder, source: "python_env.yaml" });

test("makes file paths absolute and expands the files' contents", async () => {
  await writeFile(join(folder, "requirements.txt"), "# a comment\nsix  # another\n-r sub/more.txt\n");
  await writeFile(join(folder, "sub/more.txt"), "click==8\n-c pins.txt\n");
  await writeFile(join(folder, "sub/pins.txt"), "click<9\n");
  const { lines, contents } = await expand("-r requirements.txt", "numpy", "");
  expect(lines).toEqual([`-r ${folder}/requirements.txt`, "numpy"]);
  expect(contents).toEqual([
    "requirements",
    "six",
    "requirements",
    "click==8",
    "constraints",
    "click<9",
    "numpy",
  ]);
});

test.each(["-rmore.txt", "-r more.txt", "--requirement more.txt", "--requirement=more.txt", "-c more.txt"])(
  "expands %s",
  async (line) => {
    await writeFile(join(folder, "more.txt"), "six\n");
    expect((await expand(line)).contents).toContain("six");
  },
);

test("a local package is identified by its folder; a URL's fragment is not a comment", async () => {
  const { contents } = await expand("-e .", "./lib", "x @ file:lib", "https://example.com/x.whl#sha256=1");
  expect(contents.slice(0, 3)).toEqual([
    `-e . in ${folder}`,
    `./lib in ${folder}`,
    `x @ file:lib in ${folder}`,
  ]);
  expect(contents[3]).toBe("https://example.com/x.whl#sha256=1");
});

test("rejects a missing file, and files that include each other", async () => {
  await expect(expand("-r absent.txt")).rejects.toThrow("python_env.yaml: -r absent.txt: no such file");
  await writeFile(join(folder, "circle.txt"), "-r circle.txt\n");
  await expect(expand("-r circle.txt")).rejects.toThrow("more than 10 deep");
});
