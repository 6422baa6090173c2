import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { launchBrowser, part, valueOf } from "@flightdeck/testkit";
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults } from "./accessibility.ts";
import { DEMO_TRIALS, type DemoWorkspace, makeDemoWorkspace } from "./demo-workspace.ts";
import { axeFaults } from "./axe-faults.ts";
import { PageUnderTest } from "./page-under-test.ts";
import { screensOf } from "./screens.ts";

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";

describe.skipIf(browser.missing)(`a workspace in use${reason}`, () => {
  let t: PageUnderTest;
  let demo: DemoWorkspace;

  const rowNames = (): Promise<string[]> => t.page.locator(".runs-table tbody .run-link").allTextContents();
  const card = (metric: string): Locator => t.page.locator(".metric-card").filter({ hasText: metric });

  beforeAll(async () => {
    t = await PageUnderTest.start(valueOf<Browser>(browser));
    demo = await makeDemoWorkspace(t.client);
  });
  afterEach(() => t.guard.check());
  afterAll(async () => {
    await t?.close();
    await valueOf<Browser>(browser).close();
  });

  test("shows the best trial, progress, parameter importance and failures", async () => {
    const { experimentId, search, best } = demo;
    await t.open(`/experiments/${experimentId}/runs/${search.info.runId}`);
    const headline = t.page.getByRole("region", { name: "Best run" });
    await headline.getByRole("link", { name: `Best run: ${best.info.runName}` }).waitFor();
    await t.page.getByText("55 finished, 3 pruned, 2 failed").waitFor();
    await t.page.getByText("the lowest loss").waitFor();
    await t.page.getByRole("img", { name: /trials by loss. Best so far 0\.16/ }).waitFor();
    await expect.poll(async () => (await rowNames())[0]).toBe(best.info.runName);
    expect(await t.page.locator(".importance li").count()).toBe(5);
    await t.page.getByRole("row", { name: /^trial 34 failed MemoryError/ }).waitFor();
    await t.page.getByRole("row", { name: /^learning_rate log uniform, low 0.0001, high 0.3/ }).waitFor();
    await t.page.getByRole("img", { name: /^60 trials in .*, at most 2 at once/ }).waitFor();
    expect(await accessibilityFaults(t.page)).toEqual([]);
  });

  test("a drag over an axis picks the trials that pass there", async () => {
    const axis = t.page.locator("[data-axis=max_depth] .brush-area");
    await axis.scrollIntoViewIfNeeded();
    const box = await axis.boundingBox();
    if (box === null) throw new TypeError("the axis is not shown");
    const x = box.x + box.width / 2;
    await t.page.mouse.move(x, box.y + box.height * 0.6);
    await t.page.mouse.down();
    await t.page.mouse.move(x, box.y + box.height * 0.75);
    await t.page.mouse.move(x, box.y + box.height);
    await t.page.mouse.up();
    const brush = t.page.getByRole("button", { name: /^max_depth \S+ to/ });
    await brush.waitFor();
    expect(await t.page.locator(".trial-line[data-out]").count()).toBeGreaterThan(10);
    const depths = t.page.locator(".runs-table tbody tr");
    await expect.poll(() => depths.count()).toBeLessThan(DEMO_TRIALS / 2);
    await brush.click();
    await t.page.getByText("Drag along an axis to select trials.").waitFor();
  });

  test("it takes four clicks from a search to the command that serves its best model", async () => {
    const { experimentId, search } = demo;
    await t.open(`/experiments/${experimentId}/runs/${search.info.runId}`);
    await t.page.getByRole("link", { name: /^Best run:/ }).click();
    await t.page.getByRole("link", { name: "forest", exact: true }).click();
    await t.page.getByText(`flightdeck models serve -m models:/${demo.modelId}`).waitFor();
  });

  test("nested runs of any program are shown as a search, live", async () => {
    const experimentId = await t.client.createExperiment({ name: "live search" });
    const parent = await t.client.createRun({ experimentId, runName: "nested" });
    let now = Date.now() - 60_000;
    const logTrial = async (accuracy: number): Promise<void> => {
      const { info } = await t.client.createRun({
        experimentId,
        startTimeMs: (now += 1000),
        tags: [{ key: SYSTEM_TAGS.parentRunId, value: parent.info.runId }],
      });
      await t.client.logBatch({
        runId: info.runId,
        params: [{ key: "depth", value: String(Math.round(accuracy * 100)) }],
        metrics: [{ key: "accuracy", value: accuracy, step: 0, timestampMs: now }],
      });
      await t.client.updateRun({ runId: info.runId, status: "FINISHED", endTimeMs: now });
    };
    await logTrial(0.5);
    await logTrial(0.7);
    await t.open(`/experiments/${experimentId}/runs/${parent.info.runId}`);
    await t.page.getByText(/^2 times, last by/).waitFor();
    await t.page.getByText("Available once 10 trials").waitFor();
    await logTrial(0.9);
    await t.page.getByText(/^3 times, last by/).waitFor();
    await t.page.getByRole("img", { name: /Best so far 0\.9/ }).waitFor();
    expect(await accessibilityFaults(t.page)).toEqual([]);
  });

  test("a drag zooms all charts in, with detail from the server, and back out", async () => {
    const { experimentId, longRun } = demo;
    await t.open(`/experiments/${experimentId}/runs/${longRun.info.runId}?tab=charts`);
    const loss = card("train_loss");
    await loss.getByText("every peak is drawn").waitFor();
    const canvas = loss.locator("canvas");
    await canvas.waitFor();
    const box = await t.page
      .locator(".metric-card", { hasText: "train_loss" })
      .locator(".u-over")
      .boundingBox();
    if (box === null) throw new TypeError("the chart is not shown");
    const asked = t.page.waitForRequest((request) => request.url().includes("start_step="));
    await t.page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await t.page.mouse.down();
    await t.page.mouse.move(box.x + box.width * 0.52, box.y + 60);
    await t.page.mouse.move(box.x + box.width * 0.55, box.y + 60);
    await t.page.mouse.up();
    const { searchParams } = new URL((await asked).url());
    const [start, end] = [searchParams.get("start_step"), searchParams.get("end_step")].map(Number);
    expect(start).toBeGreaterThan(19_000);
    expect(end).toBeLessThan(23_000);
    expect(searchParams.get("sampling")).toBe("m4");
    await loss.getByText("of the steps shown:").waitFor();
    await card("learning_rate").getByText("of the steps shown:").waitFor();
    await t.page.getByRole("button", { name: /^Steps .*: show all$/ }).click();
    await loss.getByText("of the steps shown:").waitFor({ state: "detached" });
  });

  test("the pointer tells the value in every chart; smoothing, scales and axes redraw them", async () => {
    const loss = card("train_loss");
    await loss.locator(".u-over").hover();
    await expect.poll(() => loss.locator(".chart-readout").textContent()).toMatch(/^step .* · \d/);
    await expect
      .poll(() => card("learning_rate").locator(".chart-readout").textContent())
      .toMatch(/^step .* · \d/);
    await t.page.getByRole("slider", { name: "Smoothing" }).fill("0.9");
    await loss.locator(".u-over").hover({ position: { x: 90, y: 50 } });
    await expect.poll(() => loss.locator(".chart-readout").textContent()).toContain("smoothed");
    await t.page.getByRole("button", { name: "Relative" }).click();
    await loss.locator(".u-over").hover({ position: { x: 120, y: 50 } });
    await expect.poll(() => loss.locator(".chart-readout").textContent()).toMatch(/ (s|min|h)/);
    await t.page.getByRole("button", { name: "Log", exact: true }).click();
    await loss.locator("canvas").waitFor();
  });

  test("axe finds nothing wrong with any screen, in light, in the dark and at 390 px", async () => {
    const faults: string[] = [];
    const look = async (where: string, rules: "all rules" | "contrast"): Promise<void> => {
      for (const fault of await axeFaults(t.page, rules)) faults.push(`${where}: ${fault}`);
    };
    await t.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    for (const { name, address, text } of screensOf(demo)) {
      await t.page.setViewportSize({ width: 1440, height: 900 });
      await t.open(address);
      await t.page.getByText(text).first().waitFor();
      await look(name, "all rules");
      await t.page.emulateMedia({ colorScheme: "dark" });
      await look(`${name} in the dark`, "contrast"); // Nothing else depends on the theme.
      await t.page.emulateMedia({ colorScheme: "light" });
      await t.page.setViewportSize({ width: 390, height: 844 });
      await look(`${name} at 390 px`, "all rules");
      const overflow = await t.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) faults.push(`${name} at 390 px: ${overflow} px wider than the screen`);
    }
    expect(faults).toEqual([]);
  });
});
