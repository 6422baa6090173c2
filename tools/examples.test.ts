import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as artifacts from "@flightdeck/artifacts";
import * as client from "@flightdeck/client";
import * as clientLogin from "@flightdeck/client/databricks";
import * as compute from "@flightdeck/compute";
import * as core from "@flightdeck/core";
import * as importer from "@flightdeck/import";
import { writeFolderFixture } from "@flightdeck/import/testing";
import * as projects from "@flightdeck/projects";
import * as protocol from "@flightdeck/protocol";
import * as store from "@flightdeck/store";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { examplesOf, runExample } from "@flightdeck/testkit/examples";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

/* Runs the examples in READMEs and doc comments, each in an empty folder, with a tracking server. */

/** The names that the examples of a package may use without an import. */
const SCOPES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  core: { ...core, count: 1, sharedRequest: Promise.resolve("token"), signal: undefined },
  compute,
  projects,
  client: { ...client, ...clientLogin, endpoints: protocol.endpoints },
  protocol,
  artifacts: { ...artifacts, show: () => undefined },
  store,
  import: { ...importer, ...artifacts, ...store },
};

/** Prepares the folder in which the examples run, and returns further names that they may use. */
const FOLDERS: Readonly<Record<string, (folder: string) => Promise<Readonly<Record<string, unknown>>>>> = {
  artifacts: async (folder) => {
    await mkdir(join(folder, "model"));
    await writeFile(join(folder, "model/MLmodel"), "flavors: {}");
    const repository = new artifacts.LocalArtifactRepository("repository");
    await repository.write("model/MLmodel", new TextEncoder().encode("flavors: {}"));
    return { repository };
  },
  import: async (folder) => {
    await writeFolderFixture(folder, "3.17.2");
    return {};
  },
};

/** Files whose examples need more than that, and the tests that make the same calls. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "client/src/artifacts/locate-artifact.ts":
    "a registered model with an alias; serving.accept.test.ts in cli",
  "client/src/databricks/databricks-options.ts": "a profile of a workspace; databricks-options.test.ts",
  "client/src/databricks/unity-catalog-calls.ts": "Unity Catalog; unity-catalog-calls.test.ts",
  "client/src/databricks/workspace-client.ts": "a workspace; workspace-client.test.ts",
  "projects/src/run/run-project.ts": "a project; run-project.accept.test.ts",
};

/** READMEs whose examples need more than this test can set up, such as another machine or a job. */
const READMES_ELSEWHERE: ReadonlySet<string> = new Set(["core", "compute", "projects", "client"]);

const found = Object.keys(SCOPES).flatMap((name) =>
  examplesOf(name).map(([file, code]) => ({ name, place: `${name}/${file}`, code })),
);
const examples = found.filter(
  ({ name, place }) =>
    !Object.hasOwn(ELSEWHERE, place) && !(place.endsWith("README.md") && READMES_ELSEWHERE.has(name)),
);

let server: TestServer;
let runId: string;
let tracking: client.MlflowClient;
const cwd = process.cwd();
beforeAll(async () => {
  server = await startTestServer();
  process.env["MLFLOW_TRACKING_URI"] = server.url;
  tracking = new client.MlflowClient({ trackingUri: server.url });
  ({ runId } = (await tracking.createRun({ experimentId: "0" })).info);
});
afterAll(async () => {
  process.chdir(cwd);
  await server.close();
});

test("every package has examples, and those tested elsewhere exist", () => {
  expect(new Set(examples.map(({ name }) => name))).toEqual(new Set(Object.keys(SCOPES)));
  const places = found.map(({ place }) => place);
  expect(Object.keys(ELSEWHERE).filter((place) => !places.includes(place))).toEqual([]);
});

test.each(examples)("the example in $place runs and returns what it says", async ({ name, code }) => {
  const folder = await mkdtemp(join(tmpdir(), "examples-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  process.chdir(folder);
  const own = (await FOLDERS[name]?.(folder)) ?? {};
  const scope = { ...SCOPES[name], runId, client: tracking, ...own };
  const ran = runExample(code.replaceAll("http://127.0.0.1:5000", server.url), scope);
  if (/^\s*throw /m.test(code)) await expect(ran).rejects.toSatisfy((error) => core.isAppError(error));
  else await ran;
});
