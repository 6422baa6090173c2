import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodeOf, runProcess } from "./run-process.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "run-process-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const bash = (script: string): [string, ...string[]] => ["bash", "-c", script];

/** Resolves with a file's content once a process has written a line to it. */
async function written(file: string): Promise<string> {
  for (;;) {
    const text = await readFile(join(folder, file), "utf8").catch(() => "");
    if (text.endsWith("\n")) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A dead process that its parent has not reaped is still listed, as a zombie. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

test("gives the exit code and the last lines of both outputs", async () => {
  const exit = await runProcess({ argv: ["sh", "-c", "echo hello; exit 3"] });
  expect(exit).toEqual({ code: 3, signal: null, lastLines: ["hello"] });
  const failing = await runProcess({ argv: bash("echo one >&2; exit 1") });
  expect(failing.lastLines).toEqual(["one"]);
});

test("a killed caller leaves nothing running, and its cleanup still runs", async () => {
  const caller = `
    import { runProcess } from ${JSON.stringify(join(import.meta.dirname, "run-process.ts"))};
    const script = "trap '' INT TERM; setsid sleep 1000 & echo $$ $! > pids; while :; do sleep 0.05; done";
    await runProcess({ argv: ["bash", "-c", script], killGraceMs: 1000, onOrphaned: ["sh", "-c", "echo over > over"] });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", caller], {
    cwd: folder,
    stdio: "ignore",
  });
  const pids = (await written("pids")).split(" ").map(Number);
  child.kill("SIGKILL");
  expect(await written("over")).toBe("over");
  expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]);
});

test("passes arguments, folder and environment unchanged", async () => {
  const script = 'printf "%s|" "$@" "$PWD" "$NAME" "$HOME"';
  const exit = await runProcess({
    argv: ["bash", "-c", script, "bash", "a b", "$(id)", "*"],
    cwd: folder,
    env: { NAME: "x y", PATH: process.env["PATH"] },
  });
  expect(exit.lastLines).toEqual([`a b|$(id)|*|${folder}|x y||`]);
});

test("output arrives while the process runs, and a slow reader slows it down without loss", async () => {
  const sizes: number[] = [];
  const exit = await runProcess({
    argv: bash("head -c 3000000 /dev/zero; echo done >&2"),
    onOutput: async ({ stream, chunk }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (stream === "stdout") sizes.push(chunk.length);
    },
  });
  expect(exit.code).toBe(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3_000_000);
});

test("a character that is split between two reads stays whole in the last lines", async () => {
  const exit = await runProcess({
    argv: bash(String.raw`printf '\xc3'; sleep 0.1; printf '\xa9t\xc3\xa9\n'`),
  });
  expect(exit.lastLines).toEqual(["été"]);
});

test("a missing program or folder is named", async () => {
  await expect(runProcess({ argv: ["no-such-program"] })).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: 'cannot start "no-such-program": no such program on PATH',
  });
  await expect(runProcess({ argv: ["true"], cwd: join(folder, "absent") })).rejects.toThrow(
    "working directory",
  );
});

test("cancelling asks with SIGINT first, and the process may clean up", async () => {
  const controller = new AbortController();
  const running = runProcess({
    argv: bash(`trap 'echo cleaned; exit 9' INT; echo up > ${folder}/up; while :; do sleep 0.01; done`),
    signal: controller.signal,
  });
  await written("up");
  controller.abort();
  expect(await running).toEqual({ code: 9, signal: null, lastLines: ["cleaned"] });
});

test("a family of stubborn processes is killed after the grace period", async () => {
  const controller = new AbortController();
  const stubborn = "trap '' INT TERM HUP; while :; do sleep 0.05; done";
  const script = `(${stubborn}) & echo $! > ${folder}/grandchild; echo $$ > ${folder}/leader; ${stubborn}`;
  const running = runProcess({ argv: bash(script), signal: controller.signal, killGraceMs: 300 });
  const pids = [Number(await written("leader")), Number(await written("grandchild"))];
  controller.abort();
  const exit = await running;
  expect(exit.signal).toBe("SIGKILL");
  expect(exitCodeOf(exit)).toBe(137);
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
});

test("a child that ignores SIGINT only, as background jobs do, ends by SIGTERM", async () => {
  const controller = new AbortController();
  const running = runProcess({
    argv: bash(`trap '' INT; trap 'exit 7' TERM; echo up > ${folder}/up; while :; do sleep 0.01; done`),
    signal: controller.signal,
    killGraceMs: 400,
  });
  await written("up");
  controller.abort();
  expect((await running).code).toBe(7);
});

test("killSignal does not wait for the grace period", async () => {
  const [polite, kill] = [new AbortController(), new AbortController()];
  const running = runProcess({
    argv: bash(`trap '' INT TERM; echo up > ${folder}/up; while :; do sleep 0.01; done`),
    signal: polite.signal,
    killSignal: kill.signal,
    killGraceMs: 3_600_000,
  });
  await written("up");
  polite.abort();
  kill.abort();
  expect((await running).signal).toBe("SIGKILL");
});

test("background processes end with their parent, even in sessions of their own", async () => {
  const script = `sleep 1000 & echo $! > ${folder}/job; setsid bash -c 'echo $$ > ${folder}/session; exec sleep 1000' & 
    while [ ! -s ${folder}/session ]; do sleep 0.01; done; exit 4`;
  const exit = await runProcess({ argv: bash(script) });
  expect(exit.code).toBe(4);
  expect(await isRunning(Number(await written("job")))).toBe(false);
  expect(await isRunning(Number(await written("session")))).toBe(false);
});

test("a failing reader ends the process, and its error is rethrown", async () => {
  const running = runProcess({
    argv: bash(`echo $$ > ${folder}/pid; while :; do echo line; sleep 0.01; done`),
    onOutput: () => Promise.reject(new TypeError("pipe closed")),
  });
  await expect(running).rejects.toThrow("pipe closed");
  expect(await isRunning(Number(await written("pid")))).toBe(false);
});

test("a signal that fired before the start starts nothing", async () => {
  const script = `echo up > ${folder}/up`;
  await expect(runProcess({ argv: bash(script), signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await expect(readFile(join(folder, "up"))).rejects.toThrow("ENOENT");
});
