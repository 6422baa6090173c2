import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { launchBrowser, part, valueOf } from "@flightdeck/testkit";
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults } from "./accessibility.ts";
import { PageUnderTest } from "./page-under-test.ts";

/*
 * What the page says must be true, at any size, with any names, and while the server is away.
 */

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";

const POINTS = 60_000;
const PEAK = 9.25;
const MANY_RUNS = 620;
const REVERSED = "model\u202Efdp.exe";

describe.skipIf(browser.missing)(`what the page says is true${reason}`, () => {
  let t: PageUnderTest;
  let experimentId: string;
  let longRunId: string;

  const rowNames = (): Promise<string[]> => t.page.locator(".runs-table tbody .run-link").allTextContents();
  const sortedHeads = (): Promise<string[]> =>
    t.page
      .locator("th[aria-sort=ascending] button, th[aria-sort=descending] button")
      .evaluateAll((buttons) => buttons.map((button) => button.getAttribute("title") ?? ""));
  const cellOf = (row: string, text: string): Locator =>
    t.page.getByRole("row", { name: row }).getByText(text);

  beforeAll(async () => {
    t = await PageUnderTest.start(valueOf<Browser>(browser));
    experimentId = await t.client.createExperiment({ name: "trust" });
  });
  afterEach(() => t.guard.check());
  afterAll(async () => {
    await t?.close();
    await valueOf<Browser>(browser).close();
  });

  test("a long metric's last, lowest and highest values are those of all its points", async () => {
    const run = await t.client.createRun({ experimentId, runName: "long" });
    longRunId = run.info.runId;
    for (let start = 0; start < POINTS; start += 1000) {
      const metrics = Array.from({ length: 1000 }, (_, index) => {
        const step = start + index;
        const value = step === 40_123 ? PEAK : step === 50_321 ? -PEAK : 2 - step / POINTS;
        return { key: "loss", value, step, timestampMs: 1_700_000_000_000 + step * 10 };
      });
      await t.client.logBatch({ runId: longRunId, metrics });
    }
    await t.open(`/experiments/${experimentId}/runs/${longRunId}?tab=charts`);
    const card = t.page.locator(".metric-card");
    await card.getByText("last 1", { exact: true }).waitFor();
    await card.getByText("max 9.25 at 40,123").waitFor();
    await card.getByText("min -9.25 at 50,321").waitFor();
  });

  test("with the server away the shell stays, says so, and shows the screen when the server is back", async () => {
    t.guard.expectError(/Failed to load resource|ERR_CONNECTION_REFUSED/);
    await t.open("/experiments");
    await t.page.getByRole("link", { name: "trust" }).waitFor();
    await t.page.getByText("Live", { exact: true }).waitFor();
    await t.stopServer();
    await t.page.getByText("Reconnecting…").waitFor();
    const colour = (): Promise<string> =>
      t.page.locator(".live-dot").evaluate((dot) => getComputedStyle(dot).backgroundColor);
    const lost = await colour();
    await t.page.getByRole("link", { name: "Models" }).click();
    await t.page.getByText("This part of the page could not be loaded").waitFor();
    await t.page.getByText("The server does not answer").waitFor();
    expect(await t.page.content()).not.toContain("Failed to fetch");
    await t.page.getByRole("link", { name: "Flightdeck" }).waitFor();
    expect(await accessibilityFaults(t.page)).toEqual(["0 main headings"]);

    await t.restartServer();
    await t.page.getByRole("heading", { name: "Registered models", exact: true }).waitFor();
    await t.page.getByText("Live", { exact: true }).waitFor();
    expect(await colour()).not.toBe(lost);
  });

  test("a refused filter never says that no run matches", async () => {
    t.guard.expectError(/runs\/(search|outline)/);
    await t.open(`/experiments/${experimentId}`);
    await t.page.getByRole("link", { name: "long", exact: true }).waitFor();
    const filter = t.page.getByRole("combobox", { name: "Filter runs" });
    await filter.fill('params.nothing = "here"');
    await filter.press("Enter");
    await t.page.getByText("No runs match the filter").waitFor();
    await filter.fill("params.nothing = = 1");
    await filter.press("Enter");
    await t.page.locator(".filter-error").waitFor();
    expect(await t.page.getByText("No runs match the filter").count()).toBe(0);
  });

  test("the best run is the best of all runs, not only of those loaded", async () => {
    const many = await t.client.createExperiment({ name: "many" });
    const created: string[] = [];
    for (let first = 0; first < MANY_RUNS; first += 20) {
      const batch = Array.from({ length: 20 }, (_, offset) => first + offset);
      await Promise.all(
        batch.map(async (index) => {
          const { info } = await t.client.createRun({
            experimentId: many,
            runName: `run-${index}`,
            startTimeMs: 1_700_000_000_000 + index * 1000,
          });
          created.push(info.runId);
          const metrics = [
            {
              key: "val_accuracy",
              value: index === 3 ? 0.99 : 0.5 + index / 10_000,
              step: 0,
              timestampMs: 1,
            },
          ];
          await t.client.logBatch({ runId: info.runId, metrics });
        }),
      );
    }
    await t.open(`/experiments/${many}`);
    const headline = t.page.getByRole("region", { name: "Best run" });
    await headline.getByRole("link", { name: "Best run: run-3", exact: true }).waitFor();
    await headline.getByText("0.428 (76 %) ahead of run-619").waitFor();
    await t.page.getByText(`Showing ${MANY_RUNS} of ${MANY_RUNS} runs`).waitFor();
    // None of the first ones is the best, so none is marked.
    expect(await t.page.locator(".runs-table .best").count()).toBe(0);

    // While the answer to another filter does not come, what is there is not called its result.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await t.page.route(
      "**/runs/outline",
      async (route) => {
        await held;
        await route.continue();
      },
      { times: 1 },
    );
    const filter = t.page.getByRole("combobox", { name: "Filter runs" });
    await filter.fill("metrics.val_accuracy > 0.56");
    await filter.press("Enter");
    await t.page.getByText(`Searching… Showing ${MANY_RUNS} of ${MANY_RUNS} runs`).waitFor();
    release();
    await t.page.getByText("Showing 20 of 20 runs").waitFor();
    await t.page.getByRole("button", { name: "Clear", exact: true }).click();
    await t.page.getByText(`Showing ${MANY_RUNS} of ${MANY_RUNS} runs`).waitFor();

    const frame = t.page.locator(".runs-frame");
    await frame.evaluate((element) => element.scrollTo({ top: 8000 }));
    await expect.poll(() => frame.evaluate((element) => element.scrollTop)).toBe(8000);
    await t.page.locator(".run-link").nth(20).click();
    await t.page.getByRole("tab", { name: "Overview" }).waitFor();
    await t.page.goBack();
    await expect.poll(() => frame.evaluate((element) => element.scrollTop)).toBe(8000);
  });

  test("selected runs in collapsed rows are counted; restored runs come back unselected", async () => {
    const family = await t.client.createExperiment({ name: "family" });
    const parent = await t.client.createRun({ experimentId: family, runName: "parent", startTimeMs: 1000 });
    for (const name of ["one", "two"]) {
      const tags = [{ key: SYSTEM_TAGS.parentRunId, value: parent.info.runId }];
      await t.client.createRun({ experimentId: family, runName: name, startTimeMs: 2000, tags });
    }
    await t.open(`/experiments/${family}`);
    await t.page.getByRole("checkbox", { name: "Select one" }).check();
    await t.page.getByRole("button", { name: "Collapse all" }).click();
    const bar = t.page.getByRole("group", { name: "Selected runs" });
    await bar.getByText("1 of them in collapsed rows").waitFor();
    await t.page.getByRole("checkbox", { name: "Select all 1 run shown" }).check();
    await bar.getByText("1 run selected").waitFor();
    await t.page.getByRole("checkbox", { name: "Deselect all runs" }).uncheck();
    await t.page.getByRole("button", { name: "Expand all" }).click();
    await t.page.getByRole("checkbox", { name: "Select one" }).check();
    await bar.getByRole("button", { name: "Delete" }).click();
    await t.page.getByText("1 run deleted").waitFor();
    await t.page.getByRole("button", { name: "Undo" }).click();
    await t.page.getByRole("checkbox", { name: "Select one" }).waitFor();
    expect(await t.page.getByRole("checkbox", { name: "Select one" }).isChecked()).toBe(false);
    expect(await bar.count()).toBe(0);
    await expect.poll(rowNames).toContain("parent");
  });

  test("default columns are the informative ones, with full names, and include the sorted one", async () => {
    const wide = await t.client.createExperiment({ name: "wide" });
    for (let index = 0; index < 3; index += 1) {
      const { info } = await t.client.createRun({ experimentId: wide, runName: `wide-${index}` });
      const names = Array.from(
        { length: 40 },
        (_, number) => `per_class/${String(number).padStart(2, "0")}/precision`,
      );
      const metrics = [...names, "train_loss", "val_accuracy"].map((key) => ({
        key,
        value: index / 10,
        step: 0,
        timestampMs: 1,
      }));
      await t.client.logBatch({ runId: info.runId, metrics });
    }
    await t.open(`/experiments/${wide}`);
    await t.page.getByRole("columnheader", { name: "val_accuracy" }).waitFor();
    const heads = await t.page.locator(".runs-table thead tr:last-child th").allInnerTexts();
    expect(heads.indexOf("val_accuracy")).toBeLessThan(heads.indexOf("train_loss"));
    const end = t.page.locator("thead .middle-text-end").filter({ hasText: "precision" }).first();
    expect(await end.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true);
    expect(await sortedHeads()).toEqual(["Sort by Started"]);
    await t.open(`/experiments/${wide}?sort=metrics.per_class%2F39%2Fprecision&dir=asc`);
    await cellOf("wide-0", "0").first().waitFor();
    expect(await sortedHeads()).toEqual(["Sort by per_class/39/precision"]);
    await expect.poll(rowNames).toEqual(["wide-0", "wide-1", "wide-2"]);
  });

  test("blank, direction-changing and very long texts do not break the layout", async () => {
    const hostile = await t.client.createExperiment({ name: "hostile" });
    const blank = await t.client.createRun({ experimentId: hostile, runName: " " });
    const reversed = await t.client.createRun({ experimentId: hostile, runName: REVERSED });
    const long = "0123456789".repeat(500);
    const params = [
      { key: "long", value: long },
      { key: "same", value: "1" },
    ];
    for (const { info } of [blank, reversed]) await t.client.logBatch({ runId: info.runId, params });
    await t.client.logBatch({ runId: reversed.info.runId, params: [{ key: "differs", value: "2" }] });
    const metrics = Array.from({ length: 1000 }, (_, index) => ({
      key: `m${index}`,
      value: 1,
      step: 0,
      timestampMs: 1,
    }));
    await t.client.logBatch({ runId: reversed.info.runId, metrics });
    await t.client.logBatch({
      runId: reversed.info.runId,
      metrics: metrics.map((metric) => ({ ...metric, key: `n${metric.key}` })),
    });

    await t.open(`/experiments/${hostile}`);
    await t.page.getByRole("link", { name: blank.info.runId, exact: true }).waitFor();
    expect((await t.page.locator(".runs-table").innerText()).includes("\u202E")).toBe(false);
    await t.page.getByRole("link", { name: /^model.fdp\.exe/ }).click();
    await t.page.getByRole("heading", { name: /model.fdp\.exe/ }).waitFor();
    expect(await t.page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(2500);
    await t.page.getByRole("searchbox", { name: "Search Metrics" }).fill("nm999");
    await t.page.getByRole("row", { name: "nm999 1" }).waitFor();
    const value = t.page.getByRole("row", { name: /^long/ });
    expect((await value.boundingBox())?.height ?? Infinity).toBeLessThan(250);
    await value.getByRole("button", { name: "Show all 5,000 characters" }).click();
    await value.getByText(long).waitFor();

    await t.open(`/experiments/${hostile}/compare?runs=${blank.info.runId},${reversed.info.runId}`);
    await t.page.getByRole("rowheader", { name: "differs" }).waitFor();
    for (const name of ["same", "long", "Status", "Source"]) {
      expect(await t.page.getByRole("rowheader", { name, exact: true }).count(), name).toBe(0);
    }

    const name = "hostile-model";
    await t.client.createRegisteredModel({ name });
    for (const { info } of [blank, reversed]) {
      await t.client.createModelVersion({ name, source: `${info.artifactUri}/model`, runId: info.runId });
    }
    await t.open(`/models/${name}/versions/1`);
    await t.page.getByRole("link", { name: blank.info.runId, exact: true }).waitFor();
    await t.open(`/models/${name}/versions/2`);
    await t.page.getByRole("link", { name: /^model.fdp\.exe/ }).waitFor();
    expect((await t.page.locator("main").innerText()).includes("\u202E")).toBe(false);
  });

  test("nothing overflows a screen of 390 px", async () => {
    await t.page.setViewportSize({ width: 390, height: 844 });
    for (const [address, text] of [
      ["/experiments", "trust"],
      [`/experiments/${experimentId}`, "long"],
      [`/experiments/${experimentId}/runs/${longRunId}`, "loss"],
      [`/experiments/${experimentId}/runs/${longRunId}?tab=charts`, "loss"],
      [`/experiments/${experimentId}/runs/${longRunId}?tab=artifacts`, "Full Path"],
      ["/models", "Models"],
    ] as const) {
      await t.open(address);
      await t.page.getByText(text).first().waitFor();
      const overflow = await t.page.evaluate(() =>
        [document.documentElement, document.querySelector("main")].map((element) =>
          element === null ? 0 : element.scrollWidth - element.clientWidth,
        ),
      );
      expect(overflow, address).toEqual([0, 0]);
    }
    await t.page.setViewportSize({ width: 1440, height: 900 });
  });
});
