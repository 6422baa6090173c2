import { afterAll, beforeAll, describe } from "vitest";
import type { TraceStore } from "../traces/trace-store.ts";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { assessmentTests } from "./assessment-tests.ts";
import { searchTracesTests } from "./search-traces-tests.ts";
import { traceTests } from "./trace-tests.ts";

/** A store with nothing in it but the default experiment, whose traces are tested. */
export type TraceTestStore = {
  readonly tracking: TrackingStore;
  readonly traces: TraceStore;
  close(): Promise<void>;
};

/** What every `TraceStore` must do, whatever is behind it. */
export function describeTraceStore(name: string, open: () => Promise<TraceTestStore>): void {
  describe(name, () => {
    let store: TraceTestStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    const current = (): TraceTestStore => store;
    describe("traces", () => traceTests(current));
    describe("searchTraces", () => searchTracesTests(current));
    describe("assessments", () => assessmentTests(current));
  });
}
