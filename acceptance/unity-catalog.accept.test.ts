import { downloadArtifacts, MlflowClient } from "@flightdeck/client";
import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createToken } from "./create-token.ts";
import { clientPython } from "./parity/clients.ts";
import { asWorkspace, runPython } from "./run-python.ts";
import { FLIGHTDECK } from "./serving-command.ts";

/* Stock clients use the server as a workspace with Unity Catalog, with nothing but the variables of one. */

const PREDICTIONS = [0, 0, 1, 1];
const NATIVE = "main.native";

const newest = await clientPython("3.17.2");
const older = await clientPython("2.22.4");

/** The settings with which each client uses Unity Catalog, and how it transfers the files of versions. */
const CLIENTS = [
  { client: "mlflow 3.17.2 with its defaults", python: newest, schema: "main.files", env: {} },
  {
    client: "mlflow 3.17.2 with signed URLs",
    python: newest,
    schema: "main.signed",
    env: { MLFLOW_USE_DATABRICKS_SDK_MODEL_ARTIFACTS_REPO_FOR_UC: "false" },
  },
  {
    client: "mlflow 3.17.2 with Unity Catalog's own API",
    python: newest,
    schema: NATIVE,
    env: { MLFLOW_ENABLE_UC_NATIVE_MODEL_REGISTRY: "true" },
  },
  {
    client: "mlflow 2.22.4 with databricks-uc",
    python: older,
    schema: "main.older",
    env: { MLFLOW_REGISTRY_URI: "databricks-uc" },
  },
] as const;

for (const { client, python, schema, env } of CLIENTS) {
  describe.skipIf(python.missing)(`${client}${python.missing ? ` (${python.reason})` : ""}`, () => {
    test("registers, finds, tags, loads and deletes models", async () => {
      const server = await startTestServer();
      try {
        const script = { ...asWorkspace(server, valueOf(python)), file: "unity_catalog.py", args: [schema] };
        const saw = await runPython({ ...script, env: { ...script.env, ...env } });
        expect(saw).toMatchObject({ ...expectedOf(schema), ...plainOf(schema) });
        if (python === newest) {
          expect(saw).toMatchObject({ model_id: true, logged_model: LOGGED.map(named(schema)) });
        }
        await checkAfterwards(server, schema);
      } finally {
        await server.close();
      }
    });
  });
}

/** The client itself links the logged model to its registered versions. */
const LOGGED = [{ version: "1" }, { version: "2" }];
const named = (schema: string) => (version: object) => ({ name: `${schema}.airline`, ...version });

function expectedOf(schema: string): object {
  return {
    registry: "databricks-uc",
    first: ["1", "READY", true],
    model: [`${schema}.airline`, "which flights are late", { team: "a" }, { champion: "2" }],
    champion: ["2", "better", { checked: "yes" }, ["champion"]],
    models: [`${schema}.airline`],
    versions: [
      ["1", "READY"],
      ["2", "READY"],
    ],
    predictions: [PREDICTIONS, PREDICTIONS, PREDICTIONS],
    stage: expect.stringContaining("unsupported for models in the Unity Catalog"),
    two_levels: expect.stringContaining("three levels"),
    twice: expect.stringContaining("RESOURCE_ALREADY_EXISTS"),
    absent: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
    renamed: PREDICTIONS,
    deleted: expect.stringMatching(/^RESOURCE_DOES_NOT_EXIST/),
    left: [`${schema}.renamed`],
  };
}

/** A name without dots. With Unity Catalog's own API, the client itself rejects it. */
function plainOf(schema: string): object {
  if (schema === NATIVE) return { plain_said: expect.stringContaining("must have three levels") };
  return { plain_said: "let in", plain: [`${schema.replace(".", "_")}_airline`, PREDICTIONS] };
}

/** Our own client can read the remaining model, and `gc` removes the files of the deleted ones. */
async function checkAfterwards({ url, dataDir }: TestServer, schema: string): Promise<void> {
  const client = new MlflowClient({ trackingUri: url });
  expect(await client.getModelVersion({ name: `${schema}.renamed`, version: "2" })).toMatchObject({
    status: "READY",
    description: "better",
  });
  const folder = await downloadArtifacts(client, `models:/${schema}.renamed/2`, join(dataDir, "downloaded"));
  expect(await readdir(folder)).toContain("MLmodel");
  const kept = join(dataDir, "dbfs/databricks/unity-catalog");
  expect(await readdir(kept)).toHaveLength(schema === NATIVE ? 2 : 3);
  await promisify(execFile)(process.execPath, [FLIGHTDECK, "gc", "--data-dir", dataDir]);
  expect(await readdir(kept)).toHaveLength(1);
}

describe.skipIf(newest.missing)(`databricks-sdk${newest.missing ? ` (${newest.reason})` : ""}`, () => {
  test("supports the everyday calls", async () => {
    const server = await startTestServer();
    try {
      const script = { ...asWorkspace(server, valueOf(newest)), file: "unity_catalog_sdk.py", args: [] };
      expect(await runPython(script)).toEqual({
        created: ["main.ml.airline", "airline", "main", "ml", "late flights"],
        twice: "ResourceAlreadyExists",
        got: "late flights",
        updated: "delays",
        listed: ["main.ml.airline"],
        catalogs: ["main"],
        schemas: ["main.ml"],
        all: ["main.ml.airline"],
        alias: ["champion", 2],
        champion: [2, "READY", ["champion"]],
        no_alias: expect.stringMatching(/BadRequest|InvalidParameterValue/),
        versions: [2, 1],
        described: "better",
        version: "better",
        files: [
          ["MLmodel", 7],
          ["data", null],
        ],
        read: 1000,
        written: "PermissionDenied",
        version_gone: "ResourceDoesNotExist",
        files_gone: "NotFound",
        renamed: ["main.ml.renamed", "better"],
        gone: "ResourceDoesNotExist",
      });
    } finally {
      await server.close();
    }
  });

  test("a user with only a grant on a model can load its versions from every registry", async () => {
    const server = await startTestServer({ auth: "token" });
    try {
      const [owner, reader] = [
        await createToken(server, "owner@example.com"),
        await createToken(server, "me@example.com", ["--role", "user"]),
      ];
      const script = { ...asWorkspace(server, valueOf(newest)), file: "shared_models.py" };
      const saw = await runPython({ ...script, args: [server.url, owner, reader, "me@example.com"] });
      const models = ["main.ml.shared_unity", "shared_open", "shared_workspace"];
      expect(saw).toEqual({
        open: [PREDICTIONS, expect.stringContaining("needs CAN_READ"), models],
        workspace: [PREDICTIONS, expect.stringContaining("needs CAN_READ"), models],
        "unity catalog": [PREDICTIONS, expect.stringMatching(/^PermissionDenied: /), models],
      });
    } finally {
      await server.close();
    }
  });
});
