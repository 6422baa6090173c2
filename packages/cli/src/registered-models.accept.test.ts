import { MlflowClient } from "@flightdeck/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

let folder: TemporaryFolder;
let server: FlightdeckProcess;
let trackingUri: string;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  server = FlightdeckProcess.start(["server", "-p", "0"], { cwd: folder.path });
  trackingUri = await server.written(/http:\/\/127\.0\.0\.1:\d+/);
  const client = new MlflowClient({ trackingUri });
  const { experimentId } = await client.getExperimentByName("Default");
  const { runId, artifactUri } = (await client.createRun({ experimentId })).info;
  for (const name of ["airline", "it's"]) {
    await client.createRegisteredModel({ name, description: `model ${name}` });
    for (const _ of [1, 2]) await client.createModelVersion({ name, source: `${artifactUri}/model`, runId });
  }
  await client.setRegisteredModelAlias({ name: "airline", version: "1" }, "champion");
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.end();
  await folder.remove();
});

function registeredModels(...args: readonly string[]): Promise<FlightdeckResult> {
  const env = { MLFLOW_TRACKING_URI: trackingUri };
  return flightdeck(["registered-models", ...args], { cwd: folder.path, env });
}

test("list shows the models that match a filter", async () => {
  const { stdout } = await registeredModels("list", "--filter", "name LIKE 'air%'");
  expect(stdout).toMatch(/^Name +Latest Version +Last Update Time\n[- ]+\nairline +2 +\S+ \S+ UTC\n$/);
  const all = JSON.parse((await registeredModels("list", "--json")).stdout) as { name: string }[];
  expect(all.map(({ name }) => name)).toEqual(["airline", "it's"]);
});

test("get shows one, with its aliases", async () => {
  const { stdout } = await registeredModels("get", "-n", "airline");
  expect(stdout).toMatch(/^Name +: airline\nDescription +: model airline\nLatest Version +: 2\n/);
  expect(stdout).toMatch(/^Aliases +: champion=1$/m);
  const { stdout: json } = await registeredModels("get", "-n", "airline", "--json");
  expect(JSON.parse(json)).toMatchObject({ name: "airline", aliases: [{ alias: "champion", version: "1" }] });
});

test.each(["airline", "it's"])("versions of %s, newest first", async (name) => {
  const { stdout } = await registeredModels("versions", "-n", name);
  expect(stdout).toMatch(/^Version +Stage +Aliases +Status +Created +Run ID +Source\n/);
  const { stdout: json } = await registeredModels("versions", "-n", name, "--json");
  const versions = JSON.parse(json) as { version: string }[];
  expect(versions.map(({ version }) => version)).toEqual(["2", "1"]);
});

test("a model that does not exist is an error", async () => {
  for (const command of ["get", "versions"]) {
    const { code, stdout, stderr } = await registeredModels(command, "-n", "absent");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("flightdeck: Registered Model with name=absent not found\n");
  }
});

test("Unity Catalog shows the same models, within what it supports", async () => {
  const env = {
    MLFLOW_TRACKING_URI: "databricks",
    MLFLOW_REGISTRY_URI: "databricks-uc",
    DATABRICKS_HOST: trackingUri,
    DATABRICKS_TOKEN: "any",
  };
  const ofCatalog = (...args: readonly string[]): Promise<FlightdeckResult> =>
    flightdeck(["registered-models", ...args], { cwd: folder.path, env });
  const listed = await ofCatalog("versions", "--name", "airline", "--json");
  const versions = JSON.parse(listed.stdout) as { version: string }[]; // The command's output format.
  expect(versions.map(({ version }) => version)).toEqual(["2", "1"]);
  expect((await ofCatalog("get", "--name", "airline")).stdout).toContain("champion=1");
  expect(await ofCatalog("list", "--filter", "name LIKE 'air%'")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Unity Catalog does not support filtering"),
  });
});
