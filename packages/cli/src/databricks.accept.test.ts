import { freePort } from "@flightdeck/testkit";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* Tests `flightdeck databricks` with the real command against a real server that requires tokens. */

const ABSENT = '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"absent"}';

let folder: TemporaryFolder;
let server: FlightdeckProcess;
let url: string;
let token: string;
/** An address where no server listens. */
let nowhere: string;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  server = FlightdeckProcess.start(["server", "-p", "0", "--auth", "token"], { cwd: folder.path });
  url = await server.written(/listens on (http:\S+)/);
  const created = await flightdeck(["tokens", "create", "--user", "ana"], { cwd: folder.path });
  token = created.stdout.trim();
  nowhere = `http://127.0.0.1:${await freePort()}`;
  await mkdir(join(folder.path, "data", "sub", "empty"), { recursive: true });
  await writeFile(join(folder.path, "data", "big.bin"), randomBytes(2_345_678));
  await writeFile(join(folder.path, "data", "sub", "x.txt"), "x\n");
});
afterAll(async () => {
  server.child.kill();
  await server.end();
  await folder.remove();
});

type Options = { readonly env?: Record<string, string>; readonly input?: string };

/** Uses a separate profile file, so that the profiles of the user who runs the tests have no effect. */
function run(line: string, { env = {}, input = "" }: Options = {}): Promise<FlightdeckResult> {
  const noLogin = { DATABRICKS_HOST: "", DATABRICKS_TOKEN: "", DATABRICKS_CONFIG_PROFILE: "" };
  const file = join(folder.path, "cfg");
  return flightdeck(["databricks", ...line.split(" ")], {
    cwd: folder.path,
    env: { ...noLogin, DATABRICKS_CONFIG_FILE: file, ...env },
    input,
  });
}

async function output(line: string, options?: Options): Promise<string> {
  const { stdout, stderr, code } = await run(line, options);
  expect([stderr, code]).toEqual(["", 0]);
  return stdout;
}

async function refusal(line: string, options?: Options): Promise<string> {
  const { stdout, stderr, code } = await run(line, options);
  expect([stdout, code]).toEqual(["", 1]);
  return stderr;
}

describe("configure", () => {
  test("saves profiles that only their owner can read, and each is used", async () => {
    const saved = await output("configure", { input: `${url}/?o=1\n${token}\n` });
    expect(saved).toContain(`Saved profile DEFAULT for ${url} to `);
    expect(saved).not.toContain(token);
    await folder.write("token", `${token}\n`);
    await output(`configure --host ${url} --token-file token --profile lab --json`);
    await output(`configure --host ${nowhere} --token --profile gone`, { input: "t\n" });
    expect((await stat(join(folder.path, "cfg"))).mode & 0o777).toBe(0o600);
    expect(await output("fs ls")).toBe("");
    expect(await output("--profile lab fs ls dbfs:/")).toBe("");
  });

  test("an invalid address or token is refused before it is saved", async () => {
    expect(await refusal("configure --host ftp://x", { input: "t\n" })).toContain(
      "the host must be an address",
    );
    expect(await refusal(`configure --host ${url}`, { input: "\n" })).toContain("the token is empty");
    expect(await refusal(`configure --host ${url}`)).toContain(
      "the input ended where an answer was expected",
    );
  });
});

describe("fs", () => {
  test("a folder is copied to DBFS and back completely, and existing files are kept", async () => {
    const copied = await output("fs cp -r data dbfs:/t/data");
    expect(copied.trim().split("\n").toSorted()).toEqual([
      "data/big.bin -> dbfs:/t/data/big.bin",
      "data/sub/x.txt -> dbfs:/t/data/sub/x.txt",
    ]);
    await output("fs cp dbfs:/t/data dbfs:/t/copy --recursive");
    await output("fs cp -r dbfs:/t/copy back");
    const read = (path: string): Promise<Buffer> => readFile(join(folder.path, path));
    expect((await read("back/big.bin")).equals(await read("data/big.bin"))).toBe(true);
    expect(await readdir(join(folder.path, "back", "sub"))).toEqual(["empty", "x.txt"]);
    const again = await run("fs cp -r data dbfs:/t/data --json");
    expect(JSON.parse(again.stdout)).toMatchObject({ copied: [], skipped: [{}, {}], bytes: 0 });
    expect(JSON.parse(await output("fs cp -r --overwrite data dbfs:/t/data --json"))).toMatchObject({
      skipped: [],
      bytes: 2_345_680,
    });
  });

  test("a file is copied into a folder or to an exact path, and replaces a file only when asked", async () => {
    await output("fs mkdirs dbfs:/f");
    expect(await output("fs cp data/sub/x.txt dbfs:/f")).toBe("data/sub/x.txt -> dbfs:/f/x.txt\n");
    await output("fs mv dbfs:/f/x.txt dbfs:/f/y.txt");
    expect(await output("fs cat dbfs:/f/y.txt")).toBe("x\n");
    expect(await output("fs ls dbfs:/f --absolute")).toBe("dbfs:/f/y.txt\n");
    expect(await output("fs ls -l dbfs:/f")).toMatch(/^file {2}2 {2}y\.txt {2}\d{13}\n$/);
    expect(await refusal("fs cp data/sub/x.txt dbfs:/f/y.txt")).toContain("already exists");
    await output("fs cp dbfs:/f/y.txt got.txt");
    expect(await refusal("fs cp dbfs:/f/y.txt got.txt")).toContain("--overwrite replaces it");
    execFileSync("mkfifo", [join(folder.path, "pipe")]);
    expect(await refusal("fs cp --overwrite dbfs:/f/y.txt pipe")).toContain("is neither a file nor a folder");
    expect(await output("fs rm -r dbfs:/f")).toBe("Delete finished successfully.\n");
  });

  test.each([
    ["fs cp a b", "both paths are local"],
    ["fs cp data dbfs:/t/d", "data is a folder; --recursive copies it"],
    ["fs cp absent dbfs:/t/d", "there is no file or folder absent"],
    ["fs cat dbfs:/absent", "dbfs:/absent"],
    ["fs ls /t", 'a path of DBFS begins with dbfs:/, got "/t"'],
    ["fs cat dbfs:/../flightdeck.db", "it must not contain '..'"],
    ["fs rm dbfs:/t", "is not empty"],
  ])("%s: %s", async (line, message) => {
    expect(await refusal(line)).toContain(message);
  });

  test("a copy stops at once on a signal", async () => {
    const blocks = Promise.withResolvers<void>();
    const hanging = createServer((request, response) => {
      if (request.url?.endsWith("/add-block") === true) return blocks.resolve();
      if (request.url?.includes("/get-status") === true) response.statusCode = 404;
      response.end(request.url?.endsWith("/create") === true ? '{"handle":1}' : ABSENT);
    });
    await once(hanging.listen(0, "127.0.0.1"), "listening");
    const { port } = hanging.address() as AddressInfo; // The address of a TCP server is an object.
    const env = { DATABRICKS_HOST: `http://127.0.0.1:${port}`, DATABRICKS_TOKEN: "t" };
    const args = ["databricks", "fs", "cp", "data/big.bin", "dbfs:/big.bin"];
    const copying = FlightdeckProcess.start(args, { cwd: folder.path, env });
    await blocks.promise;
    copying.child.kill("SIGINT");
    expect(await copying.end()).toEqual({ code: 130, stdout: "", stderr: "flightdeck: cancelled\n" });
    hanging.closeAllConnections();
    hanging.close();
  });
});

test("workspace: folders are created, listed and deleted", async () => {
  await output("workspace mkdirs /Users/me@example.com/a");
  expect(await output("workspace ls /Users")).toBe("me@example.com\n");
  expect(await output("workspace ls -l --absolute /Users")).toMatch(
    /^DIRECTORY {2}\/Users\/me@example\.com\s*\n$/,
  );
  expect(JSON.parse(await output("workspace get-status /Users/me@example.com"))).toMatchObject({
    path: "/Users/me@example.com",
  });
  expect(await refusal("workspace delete /Users")).toContain("not empty");
  await output("workspace delete /Users -r");
  expect(await refusal("workspace ls /Users")).toContain("Path (/Users) doesn't exist.");
});

describe("logins", () => {
  const at = (more: Record<string, string>): Options => ({ env: { DATABRICKS_HOST: url, ...more } });

  test("a token is created, shown once, and refused after it is revoked", async () => {
    const created = JSON.parse(await output("tokens create --comment lap")) as {
      readonly token_value: string;
      readonly token_info: { readonly token_id: string };
    };
    const own = at({ DATABRICKS_TOKEN: created.token_value });
    const { token_id: id } = created.token_info;
    const listed = await output("tokens list", own);
    expect(listed).toContain(id);
    expect(listed).not.toContain(created.token_value);
    await output(`tokens revoke --token-id ${id}`);
    expect(await refusal("fs ls", own)).toMatch(/does not accept the login .* it was revoked/);
  });

  test("by Basic and by OAuth, both found as Databricks' SDK finds them", async () => {
    const basic = at({ DATABRICKS_USERNAME: "token", DATABRICKS_PASSWORD: token });
    expect(await output("fs ls dbfs:/t/data", basic)).toContain("big.bin");
    const oauth = at({ DATABRICKS_CLIENT_ID: "ana", DATABRICKS_CLIENT_SECRET: token });
    expect(await output("fs ls dbfs:/t/data", oauth)).toContain("big.bin");
  });

  test.each([
    [{ DATABRICKS_TOKEN: "fdpat-of-another-workspace" }, "it was not issued by this workspace"],
    [
      { DATABRICKS_CLIENT_ID: "ana", DATABRICKS_CLIENT_SECRET: "wrong" },
      "did not return an OAuth token (HTTP 401)",
    ],
    [{ DATABRICKS_TOKEN: "t", DATABRICKS_USERNAME: "ana" }, "pat and basic; keep one"],
  ])("%o: %s", async (env, message) => {
    expect(await refusal("fs ls", at(env))).toContain(message);
  });

  test("only the named profile is used, and a missing one is named in the error", async () => {
    expect(await output("fs ls --profile lab", at({ DATABRICKS_TOKEN: "wrong" }))).toContain("t\n");
    expect(await refusal("fs ls --profile nope")).toContain("has no nope profile configured");
    expect(await refusal("fs ls --profile gone")).toMatch(/could not be reached: connect ECONNREFUSED/);
  });
});

test.each([
  ["jobs create --json [1]", "--json must hold a JSON object, got a list"],
  [
    "clusters create --json-file bad.json",
    "bad.json is not JSON: Expected double-quoted property name, line 2 column 3",
  ],
  ["runs submit", "pass the request with either --json-file or --json"],
  ["runs submit --json-file absent.json", "--json-file absent.json cannot be read: ENOENT"],
])("%s: %s", async (line, message) => {
  await folder.write("bad.json", '{"a": 1,\n  b: 2}');
  expect(await refusal(line)).toContain(message);
});

test("wrong usage exits with code 2", async () => {
  expect(await run("runs get --run-id x")).toMatchObject({ code: 2, stdout: "" });
});
