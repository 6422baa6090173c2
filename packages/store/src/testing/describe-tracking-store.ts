import { afterAll, beforeAll, describe } from "vitest";
import { experimentTests } from "./experiment-tests.ts";
import type { OpenTestStore, TestStore } from "./helpers.ts";
import { loggedModelTests } from "./logged-model-tests.ts";
import { loggingTests } from "./logging-tests.ts";
import { modelTests } from "./model-tests.ts";
import { runTests } from "./run-tests.ts";
import { searchRunsTests } from "./search-runs-tests.ts";

/** What every `TrackingStore` must do, whatever is behind it. */
export function describeTrackingStore(name: string, open: OpenTestStore): void {
  describe(name, () => {
    let store: TestStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    const tracking = (): TestStore["tracking"] => store.tracking;
    describe("experiments", () => experimentTests(tracking));
    describe("runs", () => runTests(tracking));
    describe("logging", () => loggingTests(tracking));
    describe("searchRuns", () => searchRunsTests(tracking));
    describe("logged models", () => loggedModelTests(tracking));
    describe("random operations", () => modelTests(tracking));
  });
}
