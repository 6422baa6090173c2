import { afterAll, beforeAll, describe } from "vitest";
import { assessmentTests } from "./assessment-tests.ts";
import { searchTracesTests } from "./search-traces-tests.ts";
import type { TraceTestStore } from "./trace-helpers.ts";
import { traceTests } from "./trace-tests.ts";

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
