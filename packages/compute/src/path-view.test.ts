import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type NamespaceKinds,
  namespacePathView,
  openPathView,
  type PathView,
  type PathViewOptions,
  rewrittenPathView,
  usableNamespaces,
} from "./path-view.ts";

const usable = await usableNamespaces();
const reason = usable?.pid === true ? "" : " (this system allows no process namespaces)";
const kinds: readonly NamespaceKinds[] = [
  { user: false, pid: false },
  { user: false, pid: true },
  { user: true, pid: false },
  { user: true, pid: true },
];
/** Systems differ in which of them they allow; the one in use must be among those tested. */
const allowed = kinds.filter(
  ({ user, pid }) => usable !== undefined && (user || !usable.user) && (!pid || usable.pid),
);
const views: readonly (readonly [string, (options: PathViewOptions) => PathView])[] = [
  ["rewritten", rewrittenPathView],
  ...allowed.map(
    (each) =>
      [
        `namespace ${JSON.stringify(each)}`,
        (options: PathViewOptions) => namespacePathView(options, each),
      ] as const,
  ),
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "path-view-"));
  for (const name of ["files", "own", "root"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "files", "data.txt"), "42\n");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const execFileAsync = promisify(execFile);

describe.each(views)("%s", (_, open) => {
  const view = (): PathView =>
    open({
      mappings: [
        { seen: "/seen-files", real: join(folder, "files") },
        { seen: "/seen-own", real: join(folder, "own") },
      ],
      scratch: join(folder, "root"),
    });
  // Not bash: with a socket as its standard input, it assumes a remote login and reads the user's startup files.
  const shell = async (script: string, options: object = {}): Promise<string> => {
    const { command, text } = view();
    const [program, ...args] = command(["sh", "-c", text(script)]);
    return (await execFileAsync(program, args, options)).stdout;
  };

  test("a program reads and writes at its places, and the machine keeps what it wrote", async () => {
    expect(await shell("cat /seen-files/data.txt && echo mine >'/seen-own/new' && ls /seen-own")).toBe(
      "42\nnew\n",
    );
    expect(await readFile(join(folder, "own", "new"), "utf8")).toBe("mine\n");
    expect(existsSync("/seen-files")).toBe(false);
  });

  test("files belong to whoever runs it", async () => {
    expect(await shell("id -u; : >/seen-own/new; stat -c %u /seen-own/new")).toBe(
      `${process.getuid?.()}\n${process.getuid?.()}\n`,
    );
    expect((await stat(join(folder, "own", "new"))).uid).toBe(process.getuid?.());
  });

  test("working directory, environment, arguments and exit code are as without it", async () => {
    const env = { PATH: `/nowhere:${process.env["PATH"]}`, NAME: "a b", BASH_ENV: join(folder, "absent") };
    expect(await shell('echo "$PWD|$NAME|$PATH"', { cwd: folder, env })).toBe(`${folder}|a b|${env.PATH}\n`);
    const [program, ...args] = view().command([
      "bash",
      "-c",
      'printf "%s|" "$@"; exit 7',
      "bash",
      "",
      "x y",
      "*",
    ]);
    const failure: unknown = await execFileAsync(program, args).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 7, stdout: "|x y|*|" });
  });

  test("works for a program whose PATH lacks the system's programs", async () => {
    const [program, ...args] = view().command(["/bin/sh", "-c", 'echo "$PATH"']);
    expect((await execFileAsync(program, args, { env: { PATH: "/nowhere" } })).stdout).toBe("/nowhere\n");
  });

  test("the rest of the machine is visible", async () => {
    const seen = await shell(`ls / | tr '\\n' ' '; ls ${folder}; echo $$ >/proc/self/comm; ls /dev/null`);
    expect(seen).toContain("etc");
    expect(seen).toContain("files\nown\nroot\n/dev/null");
  });

  test("a translated path is one that the program can open", async () => {
    const { command, path } = view();
    const [program, ...args] = command(["cat", path("/seen-files/data.txt")]);
    expect((await execFileAsync(program, args)).stdout).toBe("42\n");
  });
});

test.runIf(usable?.pid === true)(
  `in a process namespace the machine's other processes are not seen${reason}`,
  async () => {
    const view = await openPathView({ mappings: [], scratch: join(folder, "root") });
    const [program, ...args] = view.command([
      "sh",
      "-c",
      "ls -d /proc/[0-9]* | wc -l; cat /proc/$1/environ",
      "sh",
      String(process.pid),
    ]);
    const failure: unknown = await execFileAsync(program, args).catch((error: unknown) => error);
    const { stdout } = failure as { stdout: string }; // The process fails, because cat finds nothing.
    expect(Number(stdout)).toBeLessThan(10);
  },
);

test("without namespaces, only words that name a place are changed", () => {
  const { text } = rewrittenPathView({ mappings: [{ seen: "/dbfs", real: "/data/dbfs" }] });
  const changed = [
    "/dbfs",
    "cat /dbfs/x",
    "a='/dbfs/x'",
    'open("/dbfs")',
    "x=/dbfs/",
    ">/dbfs/out",
    "(/dbfs/x)",
  ];
  const kept = ["dbfs:/dbfs/x", "/my/dbfs/x", "/dbfs2", "/dbfs.txt", "a/dbfs", "http://h/dbfs/x", "/dbfs-x"];
  expect(changed.map(text)).toEqual(changed.map((each) => each.replace("/dbfs", "/data/dbfs")));
  expect(kept.map(text)).toEqual(kept);
  fc.assert(
    fc.property(fc.string(), (script) => {
      fc.pre(!script.includes("/dbfs"));
      expect(text(script)).toBe(script);
    }),
  );
});

test.each(["/my data", "/a'b", "/$(id)"])("without namespaces a folder %s is refused", (real) => {
  expect(() => rewrittenPathView({ mappings: [{ seen: "/dbfs", real }] })).toThrow("/dbfs cannot stand for");
});

test("a place that would cover a folder is rewritten", async () => {
  const mappings = [{ seen: "/tmp", real: join(folder, "files") }];
  const { kind } = await openPathView({ mappings, scratch: join(folder, "root") });
  expect(kind).toBe(folder.startsWith("/tmp/") || usable === undefined ? "rewritten" : "namespace");
});
