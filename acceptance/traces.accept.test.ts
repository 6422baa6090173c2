import { MlflowClient } from "@flightdeck/client";
import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython, stockPython } from "./run-python.ts";

/* The expected values are those of the stock server, except for ids, times, and longer error messages. */

const python = await stockPython();

describe.skipIf(python.missing)(
  `traces from the stock Python client${python.missing ? ` (${python.reason})` : ""}`,
  () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server.close());

    const log = (experiment: string): Promise<Record<string, unknown>> =>
      runPython({
        interpreter: valueOf(python),
        file: "log_traces.py",
        args: [experiment],
        trackingUri: server.url,
      });

    test("are logged, read back, searched, judged, tagged, linked and deleted", async () => {
      expect(await log("python traces")).toEqual({
        exact: { root: true, child: true },
        root: {
          name: "root",
          type: "UNKNOWN",
          parent: null,
          status: "OK",
          message: "",
          attributes: { n: 1, f: 1, l: [1, "x", null], u: "ü✓" },
          inputs: { q: "hello" },
          outputs: { a: { b: 1.5 } },
          events: [],
        },
        nested: [
          ["outer", "CHAIN", { x: 21 }, { y: 42 }, true],
          ["inner span", "UNKNOWN", { x: 21 }, 42, false],
        ],
        tags: { phase: "test", "a b": "1", "mlflow.traceName": "outer" },
        previews: ['{"x": 21}', '{"y": 42}'],
        state: "OK",
        failed: ["ERROR", ["exception"], "ValueError: boom"],
        searches: {
          "tag.mine = '1'": ["outer"],
          "status = 'ERROR'": ["bad"],
          "name = 'root'": ["root"],
          "attributes.timestamp_ms > 0 AND execution_time_ms < 100000": ["in run", "bad", "root", "outer"],
          "metadata.`mlflow.trace.session` = 's1'": ["outer"],
          "request_id = 'ID'": ["outer"],
          "trace.text LIKE '%hello%'": ["root"],
          "span.name = 'child'": ["root"],
          "span.type = 'LLM' AND span.name = 'root'": [],
          feedback: ["outer"],
        },
        oldest_first: ["root", "in run"],
        assessments: [
          ["good", false, "r2", "HUMAN", true],
          ["score", 0.5, null, "CODE", false],
          ["score", 0.9, null, "CODE", true],
          ["expected", { a: [1, 2] }, null, "HUMAN", null],
        ],
        error: ["ValueError", "bad"],
        by_run: ["in run", "outer"],
        deleted: [1, 1],
        absent: {
          code: "RESOURCE_DOES_NOT_EXIST",
          message: expect.stringMatching(/Trace with ID 'tr-[0-9a-f]{32}' not found\./),
        },
        no_tag: {
          code: "RESOURCE_DOES_NOT_EXIST",
          message: expect.stringContaining("No trace tag with key 'none' for trace with ID 'tr-"),
        },
        bad_filter: {
          code: "INVALID_PARAMETER_VALUE",
          message: expect.stringContaining("Invalid attribute key 'bogus' specified."),
        },
      });
    });

    test("can be read by our client", async () => {
      await log("traces for us");
      const client = new MlflowClient({ trackingUri: server.url });
      const { experimentId } = await client.getExperimentByName("traces for us");
      const { items } = await client.searchTraces({ experimentIds: [experimentId], filter: "name = 'root'" });
      expect(items).toHaveLength(1);
      const { info, spans } = await client.getTrace(items[0]?.traceId ?? "");
      expect(info).toMatchObject({ state: "OK", requestPreview: '{"q": "hello"}' });
      expect(spans.map(({ name }) => name)).toEqual(["root", "child"]);
      expect(Object.fromEntries(spans[0]?.attributes ?? [])).toMatchObject({
        n: 1n,
        f: 1,
        l: [1n, "x", null],
        u: "ü✓",
        "mlflow.spanInputs": new Map([["q", "hello"]]),
      });
    });
  },
);
