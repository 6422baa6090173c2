import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { failure } from "../testing/helpers.ts";
import { batch, childOf, span, traceIdOf, traceInfo } from "../testing/trace-helpers.ts";

/* Two server processes receive spans of one trace at once, and a `startTrace` call for it meanwhile. */

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

/** Enough that both stores have several transactions in flight at any moment. */
const SPANS = 40;

describe.skipIf(postgres.missing)(
  `spans of one trace through two stores on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let stores: readonly [Store, Store];
    beforeAll(async () => {
      const backendStoreUri = await valueOf(postgres).createDatabase();
      const open = (): Promise<Store> =>
        openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
      stores = [await open(), await open()];
    });
    afterAll(() => Promise.all(stores.map((store) => store.close())));

    test("are all stored and counted exactly once", async () => {
      const [{ traces }] = stores;
      const root = span(1);
      const traceId = traceIdOf(root);
      const spans = [root, ...Array.from({ length: SPANS }, (_, index) => childOf(root, index + 2))];
      const calls = [...spans, ...spans].map((each, index) =>
        stores[index % 2 === 0 ? 0 : 1].traces.logSpans({ experimentId: "0", batches: batch(each) }),
      );
      const metadata = { "mlflow.trace.sizeStats": JSON.stringify({ num_spans: spans.length }) };
      const told = stores[1].traces.startTrace(traceInfo(traceId, { metadata, executionDurationMs: 7 }));
      expect(new Set(await Promise.all([told, ...calls].map(failure)))).toEqual(new Set(["no error"]));
      const trace = await traces.getTrace(traceId);
      expect(trace.spans).toHaveLength(spans.length);
      expect(trace.info.executionDurationMs).toBe(7);
      const more = Array.from({ length: 10_000 - spans.length }, (_, index) => childOf(root, index + 100));
      await traces.logSpans({ experimentId: "0", batches: batch(...more) });
      expect(await failure(traces.logSpans({ experimentId: "0", batches: batch(childOf(root, 99)) }))).toBe(
        `INVALID_PARAMETER_VALUE: Trace with ID '${traceId}' may have at most 10000 spans, it would have 10001`,
      );
    });
  },
);
