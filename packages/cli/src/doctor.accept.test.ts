import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

let folder: TemporaryFolder;
beforeEach(async () => void (folder = await TemporaryFolder.create()));
afterEach(() => folder.remove());

type Finding = { readonly check: string; readonly level: string; readonly says: string };

async function doctor(...args: readonly string[]): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, stdout } = await flightdeck(["doctor", "--json", ...args], { cwd: folder.path });
  return { code, findings: JSON.parse(stdout) as Finding[] }; // The output format of --json.
}

const about = (findings: readonly Finding[], check: string): Finding | undefined =>
  findings.find((each) => each.check === check);

test("finds nothing wrong in an empty folder, and leaves it empty", async () => {
  const { code, findings } = await doctor("-p", "0");
  expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
  expect(code).toBe(0);
  expect(about(findings, "database")?.says).toContain("there is none yet");
  const checks = ["Node", "data folder", "disk", "database", "port", "page", "python3", "uv", "git", "java"];
  expect(findings.map(({ check }) => check)).toEqual(checks);
  const table = await flightdeck(["doctor", "-p", "0"], { cwd: folder.path });
  expect(table.stdout).toMatch(/^Check +Result/);
});

test("fails for a port in use, a file in place of the folder, and a newer database", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) =>
    other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
  );
  const taken = await doctor("-p", String(port));
  other.close();
  expect([taken.code, about(taken.findings, "port")?.level]).toEqual([1, "fail"]);

  await folder.write("file", "content");
  const misplaced = await doctor("-p", "0", "--data-dir", "file");
  expect([misplaced.code, about(misplaced.findings, "data folder")?.level]).toEqual([1, "fail"]);

  expect((await flightdeck(["experiments", "search"], { cwd: folder.path })).code).toBe(0);
  const known = await doctor("-p", "0");
  expect(about(known.findings, "database")?.says).toMatch(/^schema version \d+$/);
  const database = new DatabaseSync(join(folder.path, ".flightdeck", "flightdeck.db"));
  database.exec("INSERT INTO migrations VALUES (999, 'from the future', 0)");
  database.close();
  const newer = await doctor("-p", "0");
  expect([newer.code, about(newer.findings, "database")?.level]).toEqual([1, "fail"]);
});

test("a server's log is lines of JSON and nothing else, or lines for people and no JSON", async () => {
  for (const format of ["json", "pretty"] as const) {
    const { code, stderr } = await serveOnce("--log-format", format, "--log-level", "debug");
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.startsWith("{")).toBe(format === "json");
    if (format === "json") for (const line of lines) expect(JSON.parse(line)).toHaveProperty("msg");
    else expect(stderr).toMatch(/DEBUG.*answered/);
  }
});

async function serveOnce(...args: readonly string[]): Promise<FlightdeckResult> {
  const server = FlightdeckProcess.start(["server", "-p", "0", ...args], { cwd: folder.path });
  const url = await server.written(/flightdeck listens on (http:\S+)/);
  await fetch(`${url}/health`);
  server.child.kill("SIGTERM");
  return await server.end();
}
