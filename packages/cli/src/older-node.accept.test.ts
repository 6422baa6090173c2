import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/** A Node on this machine's PATH that is too old to run TypeScript. The project does not install one. */
const olderNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .filter((node) => existsSync(node))
  .find(
    (node) =>
      Number.parseInt(execFileSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }), 10) < 24,
  );

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await TemporaryFolder.create();
  await folder.write(
    "MLproject",
    'entry_points: {main: {command: "node -v; exec sleep 1000"}, fail: {command: "exit 7"}}',
  );
});
afterEach(() => folder.remove());

describe.skipIf(olderNode === undefined)(
  "started by a Node older than 24 (skipped where PATH has none)",
  () => {
    const node = olderNode ?? "";

    test("hands over arguments, exit code and output", async () => {
      const version = await flightdeck(["--version"], { cwd: folder.path, node });
      expect(version).toMatchObject({ code: 0, stderr: "" });
      expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
      expect((await flightdeck(["run", ".", "-e", "fail"], { cwd: folder.path, node })).code).toBe(7);
      expect(await flightdeck(["rnu"], { cwd: folder.path, node })).toMatchObject({ code: 2 });
    });

    test("hands over signals, and a project's node is the new one", async () => {
      const running = FlightdeckProcess.start(["run", "."], { cwd: folder.path, node });
      await running.written(/^v2[4-9]|^v[3-9]\d/);
      running.child.kill("SIGINT");
      const { code, stderr } = await running.end();
      expect(code).toBe(130);
      expect(stderr).toMatch(/KILLED\n$/);
    });
  },
);
