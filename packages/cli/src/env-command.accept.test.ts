import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { flightdeck, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* Uses JavaScript environments: npm is always available, and without packages it contacts no registry. */

let folder: TemporaryFolder;
let envs: TemporaryFolder;
beforeAll(async () => {
  envs = await TemporaryFolder.create();
});
beforeEach(async () => {
  folder = await TemporaryFolder.create();
  await folder.write("package.json", '{"name": "x"}');
  await folder.write(
    "package-lock.json",
    '{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x"}}}',
  );
});
afterEach(() => folder.remove());
afterAll(async () => {
  await envs.remove();
});

async function env(...args: readonly string[]): Promise<FlightdeckResult> {
  return await flightdeck(["env", ...args], { cwd: folder.path, env: { FLIGHTDECK_ENV_ROOT: envs.path } });
}

test("an environment is created, reused, listed and removed", async () => {
  const created = await env("create", "-f", "package.json");
  expect(created.code, created.stderr).toBe(0);
  const id = /^\/.*\/(?<id>npm-[0-9a-f]{16})\n$/.exec(created.stdout)?.groups?.["id"] ?? "";
  expect(id).not.toBe("");
  expect(created.stderr).toMatch(
    /building the environment of package\.json by npm \(\d+ s, [\d.]+ [KM]?i?B\)/,
  );
  expect(created.stderr).toMatch(/built the environment of package\.json by npm/);
  const again = await env("create", "-f", "package.json");
  expect(again).toMatchObject({ code: 0, stdout: created.stdout });
  expect(again.stderr).not.toContain("building");
  const listed = await env("list");
  expect(listed.stdout).toMatch(/^Id +Defined by +Size +Last used +Folder\n/);
  expect(listed.stdout).toMatch(new RegExp(`${id} +package.json +[\\d.]+ [KM]?i?B +\\d{4}-`));
  expect(JSON.parse((await env("list", "--json")).stdout)).toMatchObject([
    { id, manager: "npm", remarks: [] },
  ]);
  expect(await env("remove", id)).toMatchObject({ code: 0, stdout: `Environment ${id} has been removed.\n` });
  expect(JSON.parse((await env("list", "--json")).stdout)).toEqual([]);
  await env("create", "-f", "package.json");
  expect((await env("remove", "--all")).stdout).toBe(`Environment ${id} has been removed.\n`);
});

test.each([
  [["create", "-f", "absent.yaml"], "environment file absent.yaml cannot be read"],
  [["create", "-f", "broken.yaml"], "broken.yaml, line 1: dependencies must be a list"],
  [
    ["create", "-f", "conda.yaml", "--env-manager", "uv"],
    "conda.yaml cannot be built exactly without conda: nosuch=1.0 (no known equivalent on PyPI)",
  ],
  [
    ["create", "-f", "conda.yaml", "--env-manager", "poetry"],
    "env manager must be one of local, virtualenv, uv, conda",
  ],
  [["create", "-f", "conda.yaml", "--env-manager", "local"], "local builds no environment"],
  [["remove"], "name the environments to remove, or pass --all"],
  [["remove", "uv-0"], 'no environment "uv-0"; there are none'],
])("%j is refused in one line", async (args, message) => {
  await folder.write("broken.yaml", "dependencies: x");
  await folder.write("conda.yaml", "dependencies: [python=3.11, nosuch=1.0]");
  const { code, stdout, stderr } = await env(...args);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^flightdeck: [^\n]+\n$/);
  expect(stderr).toContain(message);
});
