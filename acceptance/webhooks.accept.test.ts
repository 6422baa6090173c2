import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython, stockPython } from "./run-python.ts";

const python = await stockPython();

describe.skipIf(python.missing)(
  `webhooks from the stock Python client${python.missing ? ` (${python.reason})` : ""}`,
  () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer({
        webhooks: { allowedSchemes: ["http"], allowPrivateAddresses: true },
      });
    });
    afterAll(() => server.close());

    test("receive signed events for models, versions, copies of versions, and prompts", async () => {
      const saw = await runPython({
        interpreter: valueOf(python),
        file: "receive_webhooks.py",
        args: [],
        trackingUri: server.url,
      });
      expect(saw).toEqual({
        tested: [true, 200],
        deliveries: [
          ["model_version_alias.created", { name: "example_model", alias: "example_alias", version: "1" }],
          ["registered_model.created", { name: "taxi", tags: { a: "1" }, description: "" }],
          [
            "model_version.created",
            {
              name: "taxi",
              version: "1",
              source: "s3://bucket/model",
              run_id: null,
              tags: {},
              description: "first",
            },
          ],
          ["model_version_tag.set", { name: "taxi", version: "1", key: "reviewed", value: "yes" }],
          ["model_version_alias.created", { name: "taxi", alias: "champion", version: "1" }],
          ["registered_model.created", { name: "bus", tags: {}, description: "" }],
          ["model_version.created", expect.objectContaining({ name: "bus", source: "models:/taxi/1" })],
          ["prompt.created", expect.objectContaining({ name: "greeting" })],
          [
            "prompt_version.created",
            expect.objectContaining({ name: "greeting", version: "1", template: "Hello {{name}}" }),
          ],
        ],
        copied: ["bus", "1", "models:/taxi/1"],
        copied_from: "s3://bucket/model",
        listed: ["hook"],
        left: 0,
        unheard: true,
      });
    });
  },
);
