import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MlflowClient } from "../rest/mlflow-client.ts";

const PROGRAM = fileURLToPath(new URL("../testing/hold-runs-open.ts", import.meta.url));

let server: TestServer;
let client: MlflowClient;

beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
});

afterAll(() => server.close());

async function startProgram(
  experimentId: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const env = {
    ...process.env,
    ...variables,
    MLFLOW_TRACKING_URI: server.url,
    MLFLOW_EXPERIMENT_ID: experimentId,
  };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s marks all open runs KILLED, then ends the process",
    async (signal) => {
      const experimentId = await client.createExperiment({ name: signal });
      const child = await startProgram(experimentId);
      await expect
        .poll(async () => (await client.searchRuns({ experimentIds: [experimentId] })).items.length)
        .toBe(4);
      child.kill(signal);
      expect(await once(child, "exit")).toEqual([null, signal]);
      const { items } = await client.searchRuns({ experimentIds: [experimentId] });
      const endings = items.map(({ info }) => `${info.runName} ${info.status}`);
      expect(endings.toSorted()).toEqual(["inner KILLED", "left KILLED", "parent KILLED", "right KILLED"]);
      const parent = items.find(({ info }) => info.runName === "parent");
      expect(parent?.data.metrics).toMatchObject([{ key: "unsent", value: 1 }]);
      const endOf = (name: string): number =>
        items.find(({ info }) => info.runName === name)?.info.endTimeMs ?? 0;
      expect(endOf("inner")).toBeLessThanOrEqual(endOf("left"));
      expect(endOf("left")).toBeLessThanOrEqual(endOf("parent"));
    },
  );

  test("sent twice, as by a terminal and a supervisor, still lets all runs be marked", async () => {
    const experimentId = await client.createExperiment({ name: "twice" });
    const child = await startProgram(experimentId);
    child.kill("SIGINT");
    child.kill("SIGTERM");
    child.kill("SIGINT");
    const [code, signal] = await once(child, "exit");
    expect(code).toBeNull();
    expect(["SIGINT", "SIGTERM"]).toContain(signal);
    const { items } = await client.searchRuns({ experimentIds: [experimentId] });
    expect(new Set(items.map(({ info }) => info.status))).toEqual(new Set(["KILLED"]));
  });

  test("leaves the exit to the program's own handlers", async () => {
    const experimentId = await client.createExperiment({ name: "own handler" });
    const child = await startProgram(experimentId, { EXIT_CODE_ON_SIGTERM: "7" });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([7, null]);
    const { items } = await client.searchRuns({ experimentIds: [experimentId] });
    expect(new Set(items.map(({ info }) => info.status))).toEqual(new Set(["KILLED"]));
  });
});
