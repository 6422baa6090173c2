import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { REPOSITORY_ROOT, startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHttpsServer } from "./git-https-server.ts";
import { GitSshServer } from "./git-ssh-server.ts";
import { FLIGHTDECK } from "../serving-command.ts";
import { environmentOf, execute, type Executed } from "./run-both.ts";

/* Projects from git over https and ssh, with real servers. */

let server: TestServer;
let https: GitHttpsServer;
let ssh: GitSshServer;
let folder: string;
let temporary: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await realpath(await mkdtemp(join(tmpdir(), "git-transports-")));
  temporary = join(folder, "tmp");
  await mkdir(temporary);
  const repository = join(folder, "me/repo.git");
  await cp(join(REPOSITORY_ROOT, "acceptance/projects/scripts"), join(repository, "scripts"), {
    recursive: true,
  });
  await mkdir(join(repository, "hang"));
  await writeFile(join(repository, "hang/MLproject"), HANG);
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    execFileSync("git", ["-C", repository, ...identity, ...args], { stdio: "pipe" });
  };
  git("init", "--quiet", "--initial-branch", "main");
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  git("tag", "v1");
  https = await GitHttpsServer.start(folder);
  ssh = await GitSshServer.start(folder);
});
afterAll(async () => {
  await https?.close();
  await ssh?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const HANG = `
entry_points:
  main:
    parameters: {data: path}
    command: "cat {data}; echo; while :; do sleep 0.1; done"
`;

async function run(
  uri: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<Executed> {
  const argv = [FLIGHTDECK, "run", `${uri}#scripts`, "-e", "show.ts", "-P", "a=1", ...args];
  return await execute(process.execPath, argv, { cwd: folder, env: { ...environment(), ...env } });
}

function environment(): Record<string, string> {
  const base = environmentOf({ python: "", trackingUri: server.url }, "");
  return { ...base, TMPDIR: temporary, HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
}

async function sourceOfNewest(): Promise<string | undefined> {
  const { items } = await new MlflowClient({ trackingUri: server.url }).searchRuns({
    experimentIds: ["0"],
    maxResults: 1,
  });
  return items[0]?.data.tags.find(({ key }) => key === "mlflow.source.name")?.value;
}

test("fetches over https with a login and a trusted certificate", async () => {
  const uri = `https://me:secret@127.0.0.1:${https.port}/me/repo.git`;
  const { code, stdout, stderr } = await run(uri, { GIT_SSL_CAINFO: https.certificate }, ["-v", "v1"]);
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('given ["--a","1"]\n');
  expect(await sourceOfNewest()).toBe(`https://127.0.0.1:${https.port}/me/repo.git#scripts`);
  expect(stderr).not.toContain("secret");
});

test("rejects https with an untrusted certificate or without a login", async () => {
  const uri = `https://me:secret@127.0.0.1:${https.port}/me/repo.git`;
  const untrusted = await run(uri);
  expect(untrusted).toMatchObject({ code: 1, stderr: expect.stringMatching(/certificate/i) as string });
  expect(untrusted.stderr).not.toContain("secret");
  const anonymous = await run(`https://127.0.0.1:${https.port}/me/repo.git`, {
    GIT_SSL_CAINFO: https.certificate,
  });
  expect(anonymous).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/could not read Username/) as string,
  });
});

test("fetches over ssh, and rejects an unknown key", async () => {
  const uri = `ssh://git@127.0.0.1:${ssh.port}/me/repo.git`;
  const { code, stdout, stderr } = await run(uri, { GIT_SSH_COMMAND: ssh.command });
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('given ["--a","1"]\n');
  expect(await sourceOfNewest()).toBe(`ssh://git@127.0.0.1:${ssh.port}/me/repo.git#scripts`);
  const stranger = await run(uri, { GIT_SSH_COMMAND: ssh.command.replace(/-i \S+/, "-i /nowhere") });
  expect(stranger).toMatchObject({ code: 1, stderr: expect.stringMatching(/Permission denied/) as string });
});

test("kill -9 during a fetch leaves no folder and no process", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo; // A TCP server's address is an object.
  const asked = once(silent, "request");
  const child = spawn(process.execPath, [FLIGHTDECK, "run", `http://127.0.0.1:${port}/me/repo.git`], {
    env: environment(),
    stdio: "ignore",
  });
  await asked;
  expect(await fetched()).toHaveLength(1);
  child.kill("SIGKILL");
  await expect.poll(fetched, { timeout: 10_000 }).toEqual([]);
  expect(await processesNaming(`127.0.0.1:${port}`)).toEqual([]);
  silent.closeAllConnections();
  silent.close();
});

test("kill -9 while the program runs leaves neither the fetched project nor the downloaded data", async () => {
  const client = new MlflowClient({ trackingUri: server.url });
  const { info } = await client.createRun({ experimentId: "0" });
  await fetch(client.artifactUrl(info.artifactUri, "data.txt"), { method: "PUT", body: "flights" });
  const project = [`file://${join(folder, "me/repo.git")}#hang`, "-v", "v1"];
  const child = spawn(
    process.execPath,
    [FLIGHTDECK, "run", ...project, "-P", `data=${info.artifactUri}/data.txt`],
    { env: environment(), stdio: ["ignore", "pipe", "ignore"] },
  );
  const [printed] = (await once(child.stdout, "data")) as [Buffer]; // The stream has no encoding.
  expect(printed.toString()).toContain("flights");
  expect(await fetched()).toHaveLength(2);
  child.kill("SIGKILL");
  await expect.poll(fetched, { timeout: 10_000 }).toEqual([]);
});

async function fetched(): Promise<readonly string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith("flightdeck-"));
}

/** The command lines of other processes that contain a text. */
async function processesNaming(text: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => line.includes(text));
}
