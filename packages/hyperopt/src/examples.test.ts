import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { examplesOf, runExample } from "@flightdeck/testkit/examples";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as hyperopt from "./index.ts";

/* Runs the examples of the README and of the doc comments. */

/** Names that examples may use without declaring them. */
const FIXTURES = {
  fn: ({ x }: { x: number }): number => x * x,
  space: { x: hyperopt.hp.uniform("x", -1, 1) },
};

const examples = examplesOf("hyperopt");

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  process.env["MLFLOW_TRACKING_URI"] = server.url;
});
afterAll(() => server.close());

test("finds examples", () => {
  expect(examples.length).toBeGreaterThan(5);
});

test.each(examples)("the example of %s runs and returns what it says", async (_file, code) => {
  const train = JSON.stringify(new URL("./testing/train.ts", import.meta.url).href);
  await runExample(code.replaceAll('"./train.ts"', train), { ...hyperopt, ...FIXTURES });
});
