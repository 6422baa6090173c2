import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPathView, usableNamespaces } from "../path-view.ts";
import {
  cancelDetached,
  type DetachedProcess,
  findDetached,
  parseDetachedProcess,
  waitForDetached,
} from "./detached-process.ts";
import { startDetached } from "./start-detached.ts";

const usable = await usableNamespaces();
const reason = usable?.pid === true ? "" : " (this system allows no process namespaces)";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "detached-"))));
afterEach(async () => {
  const started = await findDetached(folder);
  if (started !== undefined) await cancelDetached(started);
  await rm(folder, { recursive: true, force: true });
});

const env = { PATH: process.env["PATH"] ?? "", NAME: "a b" };
const start = (script: string, options: object = {}): Promise<DetachedProcess> =>
  startDetached({
    argv: ["bash", "-c", script],
    cwd: folder,
    env,
    folder,
    outputBytesMax: 1_000_000,
    ...options,
  });
const output = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

/** Resolves with a file's content once a process has written a line to it. */
async function written(file: string): Promise<string> {
  for (;;) {
    const text = await output(file).catch(() => "");
    if (text.endsWith("\n")) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return text !== "" && !text.includes(") Z ");
}

test("keeps both outputs and the exit code, and runs in the environment given", async () => {
  const started = await start('echo "$NAME|$HOME|$PWD|$1"; echo no >&2; exit 3');
  expect(await waitForDetached(started)).toEqual({ kind: "exited", exitCode: 3 });
  expect([await output("stdout"), await output("stderr")]).toEqual([`a b||${folder}|\n`, "no\n"]);
  expect(await waitForDetached(parseDetachedProcess(JSON.parse(JSON.stringify(started))))).toMatchObject({
    exitCode: 3,
  });
  expect((await stat(join(folder, "stdout"))).mode & 0o077).toBe(0);
});

test("files that the program writes have the same modes as without a supervisor", async () => {
  const mask = process.umask(0o027);
  try {
    await waitForDetached(await start(": >own"));
  } finally {
    process.umask(mask);
  }
  expect((await stat(join(folder, "own"))).mode & 0o777).toBe(0o640);
});

test("output can be read while it runs", async () => {
  const started = await start("echo one; sleep 1000");
  expect(await written("stdout")).toBe("one");
  await cancelDetached(started);
});

test.each([
  ["a program that is not there", ["no-such-program"], 127],
  ["a signal", ["bash", "-c", "kill -KILL $$"], 137],
])("%s ends as in a shell", async (_, argv, exitCode) => {
  expect(await waitForDetached(await start("", { argv }))).toEqual({ kind: "exited", exitCode });
});

test("a command that no system accepts is the caller's fault and leaves nothing behind", async () => {
  const argv = ["bash", "-c", "true", "x".repeat(3_000_000)];
  await expect(start("", { argv })).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
  expect(await findDetached(folder)).toBeUndefined();
});

test("endless output is cut, with a note", async () => {
  const started = await start("head -c 30000000 /dev/zero; echo end >&2");
  expect(await waitForDetached(started)).toMatchObject({ exitCode: 0 });
  const kept = await output("stdout");
  expect(kept.length).toBeLessThan(1_000_000 + 64 * 65_536 + 100);
  expect(kept).toMatch(/\n\[flightdeck: cut here, at more than 1000000 bytes\]\n$/);
  expect(await output("stderr")).toBe("end\n");
});

test("continues when the process that started it is killed, and is found again", async () => {
  const starter = `
    import { startDetached } from ${JSON.stringify(join(import.meta.dirname, "start-detached.ts"))};
    await startDetached({ argv: ["bash", "-c", "echo up; while [ ! -e go ]; do sleep 0.02; done; exit 5"],
      cwd: ${JSON.stringify(folder)}, env: process.env, folder: ${JSON.stringify(folder)}, outputBytesMax: 1000 });
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", starter], { stdio: "ignore" });
  await written("stdout");
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  const found = await findDetached(folder);
  if (found === undefined) expect.unreachable();
  const ended = waitForDetached(found);
  spawn("touch", [join(folder, "go")]);
  expect(await ended).toEqual({ kind: "exited", exitCode: 5 });
});

const FAMILY = `
  trap '' INT TERM HUP
  (trap '' TERM; echo $BASHPID >> pids; while :; do sleep 0.05; done) &
  setsid bash -c "trap '' TERM; echo \\$\\$ >> pids; while :; do sleep 0.05; done" &
  setsid setsid sleep 1000 &
  while [ "$(wc -l <pids)" -lt 2 ]; do sleep 0.01; done; echo up; while :; do sleep 0.05; done
`;

test("cancelling ends it and everything that it started, however stubborn", async () => {
  const started = await start(`: >pids; ${FAMILY}`);
  await written("stdout");
  const pids = (await output("pids")).trim().split("\n").map(Number);
  await cancelDetached(started);
  expect(await Promise.all([started.supervisor.pid, ...pids].map(isAlive))).toEqual([false, false, false]);
  expect(await markedProcesses(started.marker)).toEqual([]);
  expect(await waitForDetached(started)).toEqual({ kind: "exited", exitCode: 137 });
  await cancelDetached(started);
});

test.runIf(usable?.pid === true)(
  `what hides from every search ends with the process namespace${reason}`,
  async () => {
    const view = await openPathView({ mappings: [], scratch: await mkdtemp(join(folder, "root-")) });
    const argv = view.command(["bash", "-c", "(env -i setsid sleep 98765.4321 &) ; echo up; sleep 1000"]);
    const started = await start("", { argv });
    await written("stdout");
    const hidden = await pidsOf("98765.4321");
    expect(hidden).not.toEqual([]);
    await cancelDetached(started);
    expect(await Promise.all(hidden.map(isAlive))).not.toContain(true);
    expect(await waitForDetached(started)).toMatchObject({ kind: "exited" });
  },
);

test("its background processes end with it", async () => {
  const started = await start("setsid sleep 1000 & sleep 1000 & echo up");
  expect(await waitForDetached(started)).toEqual({ kind: "exited", exitCode: 0 });
  expect(await markedProcesses(started.marker)).toEqual([]);
});

test("is not reported as lost while no file can be opened", async () => {
  const started = await start("echo up; while [ ! -e go ]; do sleep 0.02; done; exit 3");
  await written("stdout");
  const waiter = `
    import { closeSync, openSync } from "node:fs";
    import { waitForDetached } from ${JSON.stringify(join(import.meta.dirname, "detached-process.ts"))};
    const held = [];
    try { for (;;) held.push(openSync("/dev/null", "r")); } catch {} // Until there are no more.
    const end = waitForDetached(${JSON.stringify(started)});
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 1000))]);
    held.forEach((fd) => closeSync(fd));
    console.log("waiting");
    console.log(JSON.stringify(await end));
  `;
  const limited = ["-c", 'ulimit -n 64; exec "$@"', "bash", process.execPath, "--input-type=module", "-e"];
  const child = spawn("bash", [...limited, waiter], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said === "waiting\n") await writeFile(join(folder, "go"), "");
  }
  expect(said).toBe('waiting\n{"kind":"exited","exitCode":3}\n');
});

test("is lost if its supervisor is killed, and its remaining processes are ended", async () => {
  const started = await start("echo up; setsid sleep 1000 & sleep 1000");
  await written("stdout");
  process.kill(started.supervisor.pid, "SIGKILL");
  expect(await waitForDetached(started)).toMatchObject({
    kind: "lost",
    reason: expect.stringContaining("killed"),
  });
  expect(await markedProcesses(started.marker)).toEqual([]);
});

test("another process with the same pid is neither awaited nor killed", async () => {
  const other = spawn("sleep", ["1000"]);
  const ended = await start("true");
  await waitForDetached(ended);
  await rm(join(folder, "exit"));
  const { bootId } = ended.supervisor;
  const stolen = { ...ended, supervisor: { pid: other.pid ?? 0, startTime: "1", bootId } };
  await cancelDetached(stolen);
  expect(await waitForDetached(stolen)).toMatchObject({ kind: "lost" });
  const before = { ...ended, supervisor: { pid: other.pid ?? 0, startTime: "1", bootId: "another" } };
  await cancelDetached(before);
  expect(await waitForDetached(before)).toMatchObject({
    kind: "lost",
    reason: expect.stringContaining("machine"),
  });
  expect(other.exitCode ?? other.signalCode).toBeNull();
  other.kill("SIGKILL");
});

test("a wait can be cancelled without affecting the program", async () => {
  const started = await start("echo up; sleep 1000");
  await written("stdout");
  await expect(waitForDetached(started, AbortSignal.timeout(50))).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(await isAlive(started.supervisor.pid)).toBe(true);
});

test("its stored identity is checked before anything is signalled", () => {
  const supervisor = { pid: 1, startTime: "1", bootId: "" };
  const marker = "0".repeat(32);
  const folderName = "/x";
  for (const wrong of [
    { supervisor, marker: "", folder: folderName },
    { supervisor: { ...supervisor, pid: -1 }, marker, folder: folderName },
    { supervisor, marker, folder: "relative" },
    null,
  ]) {
    expect(() => parseDetachedProcess(wrong)).toThrow("no detached process");
  }
});

async function markedProcesses(marker: string): Promise<readonly string[]> {
  return await matching(async (pid) => (await readFile(`/proc/${pid}/environ`, "latin1")).includes(marker));
}

async function pidsOf(argument: string): Promise<readonly number[]> {
  const pids = await matching(async (pid) =>
    (await readFile(`/proc/${pid}/cmdline`, "latin1")).includes(`sleep\0${argument}`),
  );
  return pids.map(Number);
}

async function matching(test: (pid: string) => Promise<boolean>): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => test(pid).catch(() => false)));
  return pids.filter((_, index) => found[index]);
}
