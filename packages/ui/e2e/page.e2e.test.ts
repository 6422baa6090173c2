import { MlflowClient } from "@flightdeck/client/browser";
import { type RunningServer, startServer } from "@flightdeck/server";
import { launchBrowser, part, valueOf } from "@flightdeck/testkit";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults } from "./accessibility.ts";
import { buildPage } from "./build-page.ts";
import { guardPages, type PageGuard } from "./page-guard.ts";
import { MANY_RUNS, seed, type Seeded } from "./seed.ts";

/** What the first screen may cost, compressed. */
const FIRST_SCREEN_JS_BYTES_MAX = 170_000;
const WAIT_MS = 15_000;

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";

describe.skipIf(browser.missing)(`the page in Chromium${reason}`, () => {
  let dataDir: string;
  let server: RunningServer;
  let seeded: Seeded;
  let context: BrowserContext;
  let guard: PageGuard;
  let page: Page;

  const open = async (hash: string): Promise<void> => {
    await page.goto("about:blank");
    await page.goto(`${server.url}/#${hash}`);
  };
  const runAddress = (runId: string): string => `/experiments/${seeded.experimentId}/runs/${runId}`;
  const rowNames = (): Promise<string[]> => page.locator(".runs-table tbody .run-link").allTextContents();

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "flightdeck-page-"));
    const pageDir = join(dataDir, "page");
    await buildPage(pageDir);
    server = await startServer({ host: "127.0.0.1", port: 0, dataDir, pageDir, logLevel: "silent" });
    seeded = await seed(server.url);
    context = await valueOf<Browser>(browser).newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(WAIT_MS);
    guard = guardPages(context, server.url);
    page = await context.newPage();
  });

  afterEach(() => guard.check());

  afterAll(async () => {
    await valueOf<Browser>(browser).close();
    await server?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test("lists the experiments and finds one by its name", async () => {
    await open("/");
    await page.getByRole("link", { name: seeded.experimentName }).waitFor();
    expect(page.url()).toContain("#/experiments");
    const scripts = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter((entry): entry is PerformanceResourceTiming => entry.name.endsWith(".js"))
        .reduce((bytes, { encodedBodySize }) => bytes + encodedBodySize, 0),
    );
    expect(scripts).toBeGreaterThan(0);
    expect(scripts).toBeLessThan(FIRST_SCREEN_JS_BYTES_MAX);

    await page.getByRole("searchbox", { name: "Search by name" }).fill("nothing like it");
    await page.getByText("No experiment name contains “nothing like it”").waitFor();
    await page.getByRole("searchbox", { name: "Search by name" }).fill("AIRLINE");
    await page.getByRole("link", { name: seeded.experimentName }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("creates an experiment, and says why it cannot create it twice", async () => {
    await open("/experiments");
    await page.getByRole("button", { name: "Create experiment" }).click();
    await page.getByLabel("Name", { exact: true }).fill("made in the page");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("heading", { name: "made in the page" }).waitFor();
    await page.getByText("No runs yet").waitFor();

    guard.expectError(/experiments\/create/);
    await open("/experiments");
    await page.getByRole("button", { name: "Create experiment" }).click();
    await page.getByLabel("Name", { exact: true }).fill("made in the page");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page
      .getByRole("alert")
      .getByText(/already exists/)
      .waitFor();
  });

  test("shows the nested runs below their parent, the differing values and the best of them", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    const names = await rowNames();
    expect(names).toHaveLength(1 + seeded.children.length);
    expect(names[0]).toBe("RAPIDS-Hyperopt");
    await page.getByText("Showing 13 of 13 runs").waitFor();

    const headers = await page.locator(".runs-table thead th[scope=col]").allInnerTexts();
    expect(headers).toEqual(expect.arrayContaining(["accuracy", "log_loss", "max_depth", "n_estimators"]));
    expect(headers).not.toContain("bootstrap");
    const best = page.locator("tr", { hasText: "trial-0" }).locator(".best");
    expect(await best.allInnerTexts()).toEqual([
      expect.stringContaining("0.84232"),
      expect.stringContaining("0.40796"),
    ]);
    expect(await accessibilityFaults(page)).toEqual([]);

    const family = page.getByRole("button", { name: "12 nested runs of RAPIDS-Hyperopt" });
    expect(await family.getAttribute("aria-expanded")).toBe("true");
    await family.click();
    await page.getByText("12 nested in collapsed rows").waitFor();
    await expect.poll(rowNames).toEqual(["RAPIDS-Hyperopt"]);
  });

  test("sorts on the server and keeps the sorting in the address", async () => {
    await open(`/experiments/${seeded.experimentId}?layout=flat`);
    await page.getByRole("button", { name: "accuracy" }).click();
    await page.locator("th[aria-sort=descending]", { hasText: "accuracy" }).waitFor();
    await expect.poll(async () => (await rowNames())[0]).toBe("trial-0");
    await page.getByRole("button", { name: "accuracy" }).click();
    await expect.poll(async () => (await rowNames())[0]).toBe("trial-11");
    expect(page.url()).toContain("sort=metrics.accuracy");
    await page.reload();
    await expect.poll(async () => (await rowNames())[0]).toBe("trial-11");
  });

  test("filters by MLflow's grammar, keeping the parent of what matches", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("metrics.accuracy > 0.836");
    await page.keyboard.press("Enter");
    await page.getByText("Showing 2 of 2 runs").waitFor();
    await expect.poll(rowNames).toEqual(["RAPIDS-Hyperopt", "trial-1", "trial-0"]);
    expect(await page.locator("tr", { hasText: "RAPIDS-Hyperopt" }).innerText()).toContain("parent");
  });

  test("says what is wrong with a filter, marks the word and keeps the rows", async () => {
    guard.expectError(/runs\/(search|outline)/);
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    await page
      .getByRole("combobox", { name: "Filter runs" })
      .fill("metrics.accuracy > 0.8 and metrcs.log_loss < 1");
    await page.getByRole("button", { name: "Apply" }).click();
    const alert = page.getByRole("alert");
    await alert.getByText(/Invalid entity type 'metrcs'/).waitFor();
    expect(await alert.locator("mark").innerText()).toContain("metrcs");
    await expect.poll(rowNames).toHaveLength(13);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("completes keys, comparisons and values by the keyboard, and says which key was likely meant", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    const filter = page.getByRole("combobox", { name: "Filter runs" });
    const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
    const choose = async (label: string): Promise<void> => {
      const index = await expect
        .poll(async () => (await options.locator("bdi").allInnerTexts()).indexOf(label))
        .toBeGreaterThanOrEqual(0)
        .then(async () => (await options.locator("bdi").allInnerTexts()).indexOf(label));
      for (let step = 0; step <= index; step += 1) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
    };
    await page.keyboard.press("/");
    await page.keyboard.type("dep");
    await choose("params.max_depth");
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press("ArrowUp"); // From the box itself, to the last suggestion.
    expect(await options.last().getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("ArrowDown");
    expect(await options.first().getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("ArrowUp");
    expect(await options.last().getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Enter");
    expect(await filter.inputValue()).toBe("params.max_depth IS NOT NULL ");
    await filter.fill("params.max_depth ");
    await choose("=");
    await page.keyboard.type("16");
    await options.getByText("1 run", { exact: true }).waitFor();
    await choose("16");
    expect(await filter.inputValue()).toBe("params.max_depth = '16' ");
    await page.keyboard.press("Enter");
    await page.getByText("Showing 1 of 1 run").waitFor();
    await expect.poll(rowNames).toEqual(["RAPIDS-Hyperopt", "trial-11"]);

    await filter.fill("metrics.acuracy > 0.8");
    await filter.press("Enter");
    await page.getByText("No runs match the filter").waitFor();
    await page.getByRole("button", { name: "metrics.accuracy", exact: true }).click();
    await page.getByText("Showing 12 of 12 runs").waitFor();
    expect(await filter.inputValue()).toBe("metrics.accuracy > 0.8");
  });

  test("remembers the columns that were chosen", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "bootstrap" }).check();
    await page.getByRole("columnheader", { name: "bootstrap" }).waitFor();
    expect(page.url()).toContain("params.bootstrap");
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("columnheader", { name: "bootstrap" }).waitFor();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("button", { name: "Show the default columns" }).click();
    await page.getByRole("columnheader", { name: "bootstrap" }).waitFor({ state: "detached" });
  });

  test("scrolls through more runs than the first answer holds, with few rows in the document", async () => {
    await open(`/experiments/${seeded.longExperimentId}`);
    await page.getByText(`Showing ${MANY_RUNS} of ${MANY_RUNS} runs`).waitFor();
    await expect.poll(async () => (await rowNames())[0]).toBe(`run-${MANY_RUNS - 1}`);
    const table = page.locator(".runs-frame");
    await table.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await page.getByRole("link", { name: "run-0", exact: true }).waitFor();
    await expect.poll(async () => (await rowNames()).length).toBeLessThan(100);
  });

  test("deletes runs, undoes that, and compares them", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("checkbox", { name: "Select trial-4" }).check();
    await page.getByRole("checkbox", { name: "Select trial-5" }).check();
    await page.getByText("2 runs selected").waitFor();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("2 runs deleted").waitFor();
    await page.getByText("Showing 11 of 11 runs").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Showing 13 of 13 runs").waitFor();

    await page.getByRole("checkbox", { name: "Select trial-4" }).check();
    await page.getByRole("checkbox", { name: "Select trial-5" }).check();
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("heading", { name: "Compare 2 runs" }).waitFor();
    await page.getByRole("rowheader", { name: "max_depth" }).waitFor();
    expect(await page.getByRole("rowheader", { name: "bootstrap" }).count()).toBe(0);
    await page.getByRole("button", { name: "Everything" }).click();
    await page.getByRole("rowheader", { name: "bootstrap" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("draws the curves of compared runs over one another, and as means with deviations", async () => {
    const ids = seeded.children.slice(0, 6).map(({ info }) => info.runId);
    await open(`/experiments/${seeded.experimentId}/compare?runs=${ids.join(",")}`);
    await page.getByRole("rowheader", { name: "max_depth" }).waitFor();
    await page.getByRole("tab", { name: "Curves" }).click();
    const chart = page.getByRole("img", { name: /^Chart of log_loss: trial-0, .*trial-5$/ });
    await chart.locator("canvas").waitFor();
    await expect.poll(() => chart.locator("canvas").evaluate(drawnPixels)).toBeGreaterThan(500);
    const legend = page.getByRole("list", { name: "Lines" });
    expect(await legend.getByRole("listitem").count()).toBe(6);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("combobox", { name: "Lines" }).selectOption("Mean of all runs");
    await legend.getByText("6 runs").waitFor();
    await page.getByText("one standard deviation to each side").waitFor();
    const mean = page.getByRole("img", { name: "Chart of log_loss: all runs" });
    await mean.locator("canvas").waitFor();
    await expect.poll(() => mean.locator("canvas").evaluate(drawnPixels)).toBeGreaterThan(500);
    await page.reload();
    await legend.getByText("6 runs").waitFor();
    const card = page.getByRole("figure", { name: "log_loss" });
    const readout = card.locator(".chart-readout");
    // The line falls from 1.4 to 0.4: somewhere on the way down the pointer meets it.
    for (let y = 20; y < 190 && (await readout.innerText()) === ""; y += 15) {
      await mean.locator(".u-over").hover({ position: { x: 150, y } });
    }
    expect(await readout.innerText()).toMatch(/^all runs · step \d+ · 0\.\d+$/);
    await page.getByRole("figure", { name: "accuracy" }).getByText("0.83307").waitFor();
    await page.getByRole("button", { name: "Log", exact: true }).click();
    await expect.poll(() => mean.locator("canvas").evaluate(drawnPixels)).toBeGreaterThan(500);
  });

  test("saves the runs as a table, and a chart as a picture, a drawing and a table", async () => {
    const saved = async (name: string): Promise<readonly [fileName: string, content: Buffer]> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name, exact: true }).click(),
      ]);
      return [download.suggestedFilename(), await readFile(await download.path())];
    };
    await open(
      `/experiments/${seeded.experimentId}?filter=${encodeURIComponent("metrics.accuracy > 0.836")}`,
    );
    await page.getByText("Showing 2 of 2 runs").waitFor();
    const [name, table] = await saved("Save as CSV");
    expect(name).toBe("Runs-of-Users-me-example.com-airline.csv");
    const [head = "", ...lines] = table.toString().trim().split("\r\n");
    expect(head).toMatch(/^run_id,run_name,status,start_time,duration,metrics\.accuracy,/);
    expect(lines.map((line) => line.split(",")[1])).toEqual(["trial-1", "trial-0"]);
    expect(lines[1]).toContain(",0.842319,");

    await open(`${runAddress(seeded.children[0]?.info.runId ?? "")}?tab=charts`);
    await page.getByRole("img", { name: "Line chart of log_loss" }).locator("canvas").waitFor();
    await page.getByRole("button", { name: "Save the chart of log_loss" }).click();
    const [, csv] = await saved("CSV");
    expect(csv.toString()).toMatch(/^step,log_loss\r\n0,1\.4\r\n1,1\.24/);
    const [, svg] = await saved("SVG");
    expect(svg.toString()).toMatch(/^<svg [^]*log_loss[^]*<polyline points="0,0 /);
    const [pngName, png] = await saved("PNG");
    expect(pngName).toBe("log_loss.png");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.readUInt32BE(16)).toBe(1440); // Twice the drawing's width.
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("moves through the rows by keyboard", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    for (const key of ["j", "j", "j", "k"]) await page.keyboard.press(key);
    expect(await page.locator(":focus").innerText()).toBe("trial-11");
    await page.keyboard.press("x");
    expect(await page.getByRole("checkbox", { name: "Select trial-11" }).isChecked()).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("x");
    await page.getByText("2 runs selected").waitFor();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowLeft");
    await page.getByText("2 of them in collapsed rows").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    expect(await page.locator(":focus").innerText()).toBe("trial-11");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "trial-11" }).waitFor();
    await page.getByText("Running").first().waitFor();
  });

  test("shows a run: its parent, parameters, metrics and logged model", async () => {
    const [best] = seeded.children;
    await open(runAddress(best?.info.runId ?? ""));
    await page.getByRole("heading", { name: "trial-0" }).waitFor();
    await page.getByRole("link", { name: "RAPIDS-Hyperopt" }).waitFor();
    await page.getByRole("row", { name: "n_estimators 150" }).waitFor();
    await page.getByRole("row", { name: "accuracy 0.84232 0" }).waitFor();
    await page.getByRole("link", { name: "saved_models" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("draws a metric over its steps, in either scale", async () => {
    const [best] = seeded.children;
    await open(`${runAddress(best?.info.runId ?? "")}?tab=charts`);
    const chart = page.getByRole("img", { name: "Line chart of log_loss" });
    await chart.locator("canvas").waitFor();
    await expect.poll(() => chart.locator("canvas").evaluate(drawnPixels)).toBeGreaterThan(500);
    await page.getByText("30 points").waitFor();
    await page.getByRole("button", { name: "Log", exact: true }).click();
    await expect.poll(() => chart.locator("canvas").evaluate(drawnPixels)).toBeGreaterThan(500);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("shows the parent's nested runs on its own page", async () => {
    await open(`${runAddress(seeded.parent.info.runId)}?tab=overview`);
    await page.getByRole("heading", { name: "Nested runs" }).waitFor();
    await expect.poll(rowNames).toContain("trial-0");
  });

  test("looks into artifacts, running none of them, and copies Full Paths", async () => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const { runId, artifactUri } = seeded.parent.info;
    await open(`${runAddress(runId)}?tab=artifacts`);
    await page.getByRole("navigation", { name: "Artifacts" }).getByText("920 kB").waitFor();
    await page.getByRole("button", { name: "Copy Full Path" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(artifactUri);

    const tree = page.getByRole("navigation", { name: "Artifacts" });
    await tree.getByRole("button", { name: "flights.csv" }).click();
    await page.getByRole("cell", { name: "LAX, 3", exact: true }).waitFor();
    await tree.getByRole("button", { name: "summary.json" }).click();
    await page.getByText('"trials": 12').waitFor();
    await tree.getByRole("button", { name: "long.log" }).click();
    await page.getByText("The first 262 kB of 920 kB").waitFor();
    await tree.getByRole("button", { name: "page.html" }).click();
    await page.getByText("<b>bold</b>").waitFor();
    expect(await page.title()).not.toContain("run by the page");
    await tree.getByRole("button", { name: "weights.bin" }).click();
    await page.getByText("There is no preview of this format.").waitFor();
    await tree.getByRole("button", { name: "pixel.png" }).click();
    const image = page.getByRole("img", { name: "pixel.png" });
    await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(1);

    await tree.getByRole("button", { name: "Open notes" }).click();
    await tree.getByRole("button", { name: "readme.md" }).click();
    await page.getByText("Flights of 2013").waitFor();
    await page.getByRole("button", { name: "Copy Full Path" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${artifactUri}/notes/readme.md`);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("shows a logged model among its run's files, with a Full Path of its own", async () => {
    const [best] = seeded.children;
    await open(`${runAddress(best?.info.runId ?? "")}?tab=artifacts`);
    const tree = page.getByRole("navigation", { name: "Artifacts" });
    await tree.getByRole("button", { name: /^saved_models/ }).click();
    await page.getByText(seeded.model.artifactUri, { exact: true }).waitFor();
    expect(await tree.getByRole("button", { name: /^saved_models/ }).count()).toBe(1);
    await page.getByRole("button", { name: "MLmodel" }).first().click();
    await page.getByText("flightdeck_forest").waitFor();
  });

  test("shows a logged model with its versions and how to serve it", async () => {
    const { modelId, experimentId, artifactUri } = seeded.model;
    await open(`/experiments/${experimentId}/models/${modelId}`);
    await page.getByRole("heading", { name: "saved_models" }).first().waitFor();
    await page.getByText(artifactUri, { exact: true }).first().waitFor();
    await page.getByText(`flightdeck models serve -m models:/${modelId} -p 55755`).waitFor();
    await page.getByText('"data":[[1987,162]]').waitFor();
    await page.getByRole("link", { name: `${seeded.modelName} Version 1` }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("goes from the registry to a model, its version and the run it came from", async () => {
    await open("/models");
    await page.getByRole("link", { name: seeded.modelName }).click();
    await page.getByText("Whether a flight arrives late.").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("link", { name: "Version 1", exact: true }).click();
    await page.getByRole("heading", { name: `${seeded.modelName}, version 1` }).waitFor();
    await page.getByText("@champion").waitFor();
    await page.getByText(`flightdeck models serve -m models:/${seeded.modelName}/1 -p 55755`).waitFor();
    await page.getByText(seeded.model.artifactUri, { exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("link", { name: "trial-0" }).click();
    await page.getByRole("heading", { name: "trial-0" }).waitFor();
  });

  test("shows what others log without a reload", async () => {
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    const client = new MlflowClient({ trackingUri: server.url });
    const run = await client.createRun({ experimentId: seeded.experimentId, runName: "logged meanwhile" });
    await page.getByRole("link", { name: "logged meanwhile", exact: true }).waitFor();
    await client.logMetric(run.info.runId, {
      key: "accuracy",
      value: 0.999,
      timestampMs: Date.now(),
      step: 1,
    });
    await page.locator("tr", { hasText: "logged meanwhile" }).getByText("0.999").waitFor();
    await client.deleteRun(run.info.runId);
    await page.getByRole("link", { name: "logged meanwhile", exact: true }).waitFor({ state: "detached" });
  });

  test("reports what is missing, with a retry button", async () => {
    guard.expectError(/runs\/get/);
    await open(runAddress("0".repeat(32)));
    await page.getByText("Could not load the run.").waitFor();
    await page.getByText("RESOURCE_DOES_NOT_EXIST").waitFor();
    await page.getByRole("button", { name: "Retry" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await open("/no/such/place");
    await page.getByText("This page does not exist").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("has enough contrast in the dark theme", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open(`/experiments/${seeded.experimentId}`);
    await page.getByRole("link", { name: "trial-0", exact: true }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
    expect(await accessibilityFaults(page)).toEqual([]);
    await open(runAddress(seeded.parent.info.runId));
    await page.getByRole("heading", { name: "Best so far" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await open(`${runAddress(seeded.parent.info.runId)}?tab=artifacts&path=flights.csv`);
    await page.getByRole("cell", { name: "LAX, 3", exact: true }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await open(`/models/${seeded.modelName}/versions/1`);
    await page.getByText("@champion").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.getByRole("button", { name: /^Theme: system/ }).click();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("light");
    await page.reload();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("light");
  });
});

/** How much of a canvas is not transparent; runs in the page. */
function drawnPixels(canvas: HTMLElement | SVGElement): number {
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  let drawn = 0;
  for (let index = 3; index < data.length; index += 4) if (data[index] !== 0) drawn += 1;
  return drawn;
}
