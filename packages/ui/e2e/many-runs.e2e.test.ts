import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import { launchBrowser, part, valueOf } from "@flightdeck/testkit";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { PageUnderTest } from "./page-under-test.ts";

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";

const RUNS = 50_000;
const CHILDREN = 10;
const BATCH = 5000;
/** The screens that the test looks at, with what lies just outside of them; far less than there is. */
const LOADED_RUNS_MAX = 1500;

const idOf = (index: number): string => index.toString(16).padStart(32, "0");

/** The oldest runs are a family: `run-0` and the ten that are nested in it. */
async function fill(store: Store, experimentId: string): Promise<void> {
  for (let first = 0; first < RUNS; first += BATCH) {
    const runs = Array.from({ length: BATCH }, (_, offset) => {
      const index = first + offset;
      const isChild = index >= 1 && index <= CHILDREN;
      return {
        info: {
          runId: idOf(index),
          runName: `run-${index}`,
          experimentId,
          userId: "me",
          status: "FINISHED" as const,
          startTimeMs: 1_700_000_000_000 + index * 1000,
          endTimeMs: 1_700_000_000_500 + index * 1000,
          artifactUri: "mlflow-artifacts:/0",
          lifecycleStage: "active" as const,
        },
        data: {
          metrics: [],
          params: [{ key: "depth", value: String(index % 7) }],
          tags: isChild ? [{ key: SYSTEM_TAGS.parentRunId, value: idOf(0) }] : [],
        },
        inputs: { datasetInputs: [], modelInputs: [] },
        outputs: { modelOutputs: [] },
      };
    });
    await store.imports.importRuns(experimentId, runs);
    const point = (key: string, value: number) => ({ key, value, step: 0, timestampMs: 1 });
    await store.imports.importMetrics(
      runs.map(({ info }, offset) => ({
        runId: info.runId,
        metrics: [
          point("accuracy", ((first + offset) * 7919) % RUNS),
          ...(first + offset === 5 ? [point("rare", 1)] : []),
        ],
      })),
    );
  }
}

describe.skipIf(browser.missing)(`fifty thousand runs${reason}`, () => {
  let t: PageUnderTest;
  let experimentId: string;
  let loadedRuns = 0;

  const top = "Showing 49,990 of 50,000 runs · 10 nested in collapsed rows";
  const rowNames = (): Promise<string[]> => t.page.locator(".runs-table tbody .run-link").allTextContents();
  const scrollTo = (share: number): Promise<void> =>
    t.page.locator(".runs-frame").evaluate((frame, part) => {
      frame.scrollTo({ top: part * (frame.scrollHeight - frame.clientHeight) });
    }, share);

  beforeAll(async () => {
    t = await PageUnderTest.start(valueOf<Browser>(browser), {
      fill: async (store) => {
        experimentId = await store.tracking.createExperiment({ name: "many" });
        await fill(store, experimentId);
      },
    });
    t.page.on("response", (response) => {
      if (!response.url().endsWith("/runs/search")) return;
      void response.json().then((body: { runs?: unknown[] }) => (loadedRuns += body.runs?.length ?? 0));
    });
  });
  afterEach(() => t.guard.check());
  afterAll(async () => {
    await t?.close();
    await valueOf<Browser>(browser).close();
  });

  test("all are counted and can be scrolled to, while only those in view are loaded", async () => {
    await t.open(`/experiments/${experimentId}`);
    await t.page.getByText(top).waitFor();
    await t.page.getByRole("link", { name: "run-49999", exact: true }).waitFor();
    await scrollTo(0.5);
    await t.page.getByRole("link", { name: "run-25000", exact: true }).waitFor();
    await scrollTo(1);
    await t.page.getByRole("link", { name: "run-0", exact: true }).waitFor();
    await expect.poll(async () => (await rowNames()).length).toBeLessThan(100);
    await expect.poll(() => t.page.locator("tr[aria-busy=true]").count()).toBe(0);
    expect(loadedRuns).toBeLessThan(LOADED_RUNS_MAX);
  });

  test("nested runs far down can be expanded and selected", async () => {
    await t.page.getByRole("button", { name: "10 nested runs of run-0" }).click();
    await t.page.getByText("Showing 50,000 of 50,000 runs").waitFor();
    await scrollTo(1);
    await t.page.getByRole("checkbox", { name: "Select run-1", exact: true }).check();
    await t.page.getByText("1 run selected").waitFor();
    await t.page.getByRole("button", { name: "Clear selection" }).click();
  });

  test("rows that fly past are not asked for", async () => {
    const before = loadedRuns;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await t.page.route("**/runs/search", async (route) => {
      await held;
      await route.continue();
    });
    await t.page.locator(".runs-frame").evaluate(async (element) => {
      for (let step = 0; step < 60; step += 1) {
        element.scrollTop = element.scrollHeight * (1 - step / 60);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    await scrollTo(0.3);
    release();
    await t.page.getByRole("link", { name: "run-35000", exact: true }).waitFor();
    await expect.poll(() => t.page.locator("tr[aria-busy=true]").count()).toBe(0);
    await t.page.unroute("**/runs/search");
    // Two requests that were under way, and the rows where the reader came to rest.
    expect(loadedRuns - before).toBeLessThan(400);
    await scrollTo(0);
  });

  test("sorting, filtering and the best take all runs into account", async () => {
    await t.page.getByRole("button", { name: "accuracy", exact: true }).click();
    await t.page.locator("th[aria-sort=descending]", { hasText: "accuracy" }).waitFor();
    const bestIndex = Array.from({ length: RUNS }, (_, index) => (index * 7919) % RUNS).indexOf(RUNS - 1);
    await expect.poll(async () => (await rowNames())[0]).toBe(`run-${bestIndex}`);
    await t.page.getByRole("link", { name: `Best run: run-${bestIndex}`, exact: true }).waitFor();
    const filter = t.page.getByRole("combobox", { name: "Filter runs" });
    await filter.fill('params.depth = "3"');
    await filter.press("Enter");
    await t.page.getByText(/Showing 7,14\d of 7,143 runs/).waitFor();
    await t.page.getByRole("button", { name: "Clear", exact: true }).click();
    await t.page.getByText("of 50,000 runs").waitFor();
  });

  test("a column can be chosen that only one of the runs has", async () => {
    await t.page.getByRole("button", { name: "Columns" }).click();
    await t.page.getByRole("checkbox", { name: "rare" }).check();
    await t.page.getByRole("columnheader", { name: "rare" }).waitFor();
    await t.page.keyboard.press("Escape");
  });

  test("a new run and its metrics appear without a reload", async () => {
    await t.open(`/experiments/${experimentId}`);
    await t.page.getByText(top).waitFor();
    await t.page.getByText("Live", { exact: true }).waitFor();
    const { info } = await t.client.createRun({ experimentId, runName: "newest" });
    await t.page.getByRole("link", { name: "newest", exact: true }).waitFor();
    await t.page.getByText("of 50,001 runs").waitFor();
    await t.client.logMetric(info.runId, { key: "accuracy", value: 12.5, step: 0, timestampMs: 1 });
    await t.page
      .getByRole("row", { name: /newest/ })
      .getByText("12.5")
      .waitFor();
  });
});
