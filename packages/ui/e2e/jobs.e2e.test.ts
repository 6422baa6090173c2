import { MlflowClient } from "@flightdeck/client/browser";
import { endpoints, type JobRunWire, SYSTEM_TAGS } from "@flightdeck/protocol";
import { type RunningServer, startServer } from "@flightdeck/server";
import { launchBrowser, part, valueOf } from "@flightdeck/testkit";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults } from "./accessibility.ts";
import { buildPage } from "./build-page.ts";
import { guardPages, type PageGuard } from "./page-guard.ts";

const WAIT_MS = 15_000;
/** What a run that is attacked from would do to the page, and how a terminal would show it. */
const ATTACK = "<script>document.title = 'run by the log'</script><img src=x onerror=alert(1)>";
const RED = String.raw`\033[1;31mred\033[0m`;

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";

describe.skipIf(browser.missing)(`the jobs in Chromium${reason}`, () => {
  let dataDir: string;
  let server: RunningServer;
  let client: MlflowClient;
  let guard: PageGuard;
  let page: Page;

  const open = async (address: string): Promise<void> => {
    await page.goto("about:blank");
    await page.goto(`${server.url}${address}`);
  };
  const log = (stream = "stdout"): Locator => page.getByRole("log", { name: stream });
  const signal = (name: string): string => join(dataDir, name);
  const submit = async (name: string, script: string, env: Record<string, string> = {}) => {
    const { run_id: runId } = await client.call(endpoints.submitJobRun, {
      run_name: name,
      shell_command_task: { command: ["bash", "-c", script], env_vars: env },
      new_cluster: {
        spark_version: "6.6.x-gpu-ml-scala2.11",
        node_type_id: "p3.2xlarge",
        autoscale: { min_workers: 7, max_workers: 8 },
      },
    });
    return runId;
  };
  const getRun = (runId: number): Promise<JobRunWire> => client.call(endpoints.getJobRun, { run_id: runId });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "flightdeck-jobs-"));
    const pageDir = join(dataDir, "page");
    await buildPage(pageDir);
    const jobs = { allow: true };
    server = await startServer({ host: "127.0.0.1", port: 0, dataDir, pageDir, logLevel: "silent", jobs });
    client = new MlflowClient({ trackingUri: server.url });
    const context = await valueOf<Browser>(browser).newContext({ viewport: { width: 1440, height: 900 } });
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

  test("shows a run as soon as it is submitted, its output as it comes, and its end", async () => {
    await open("/");
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByText("No job has run yet").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const go = signal("go");
    const script = `
      printf 'first ${RED}\\n'; echo "${ATTACK}"
      until [ -e ${go} ]; do sleep 0.05; done
      echo second; echo "to the other" >&2; exit 3`;
    const name = `train ${ATTACK}`;
    await submit(name, script, { DATABRICKS_SECRET: "not to be shown" });

    const row = page.getByRole("row").filter({ hasText: name });
    await row.getByText("Running").waitFor();
    await row.getByRole("link").click();
    await page.getByRole("heading", { name }).waitFor();
    await log().getByText("first red").waitFor();
    await log().getByText(ATTACK).waitFor();
    expect(await log().innerText()).not.toContain("second");
    await page
      .getByText(/^In run\. Asked for .*7 to 8 workers of p3.2xlarge.*got this machine: \d+ core/)
      .waitFor();
    await page.getByText("p3.2xlarge, 7–8 workers, Spark 6.6.x-gpu-ml-scala2.11").waitFor();
    await page.getByText("DATABRICKS_SECRET").waitFor();
    expect(await page.content()).not.toContain("not to be shown");
    expect(await accessibilityFaults(page)).toEqual([]);

    await writeFile(go, "");
    await log().getByText("second").waitFor();
    await page.getByText("Failed", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^stderr/ }).click();
    await log("stderr").getByText("to the other").waitFor();
    expect(await page.getByRole("button", { name: "Cancel run" }).count()).toBe(0);
    expect(await page.title()).toBe(`${name} · Flightdeck`);
    expect(await page.locator("main script, main img").count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("follows long output until the reader scrolls, and says what is left out", async () => {
    const more = signal("more");
    const runId = await submit(
      "long",
      `seq -f 'line %g' 1 12000; until [ -e ${more} ]; do sleep 0.05; done; seq -f 'more %g' 1 50`,
    );
    await open(`/#/jobs/1/runs/${runId}`);
    await log().getByText("line 12000").waitFor();
    await page.getByText("at most the last 5,000 lines are shown").waitFor();
    const follow = page.getByRole("button", { name: "Follow" });
    expect(await follow.getAttribute("aria-pressed")).toBe("true");
    expect(await log().innerText()).not.toContain("line 6000\n");
    const belowEnd = (): Promise<number> =>
      log().evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
    expect(await belowEnd()).toBeLessThan(2);

    await log().focus();
    await page.keyboard.press("Home");
    await expect.poll(() => follow.getAttribute("aria-pressed")).toBe("false");
    await writeFile(more, "");
    await log().getByText("more 50").waitFor();
    expect(await belowEnd()).toBeGreaterThan(1000);
    await follow.click();
    await expect.poll(belowEnd).toBeLessThan(2);
  });

  test("cancels a run after confirmation", async () => {
    const runId = await submit("endless", "echo begun; sleep 600");
    await open(`/#/jobs/1/runs/${runId}`);
    await log().getByText("begun").waitFor();
    await page.getByRole("button", { name: "Cancel run" }).click();
    await page.getByRole("dialog").getByText("Cancel this run?").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Keep running" }).click();
    expect((await getRun(runId)).state.life_cycle_state).toBe("RUNNING");
    await page.getByRole("button", { name: "Cancel run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel run" }).click();
    await page.getByText("Cancelled", { exact: true }).waitFor();
    expect((await getRun(runId)).state.result_state).toBe("CANCELED");
    await page.getByRole("link", { name: "Jobs", exact: true }).first().click();
    await page.getByRole("button", { name: "Active" }).click();
    await page.getByText("No active job runs").waitFor();
    await page.getByRole("button", { name: "Completed" }).click();
    await page.getByRole("row", { name: /^endless Cancelled/ }).waitFor();
  });

  test("opens from a run's link, also in Databricks' form, and links to the MLflow run and back", async () => {
    const { info } = await client.createRun({ experimentId: "0", runName: "trained by a job" });
    const jobRunId = await submit("linked", `echo flightdeck run . --run-id ${info.runId}`);
    const { run_page_url: url, job_id: jobId } = await getRun(jobRunId);
    await client.setTag(info.runId, { key: SYSTEM_TAGS.databricksRunUrl, value: url });
    await client.setTag(info.runId, { key: SYSTEM_TAGS.databricksJobRunId, value: String(jobRunId) });

    await page.goto(url);
    await page.getByRole("heading", { name: "linked" }).waitFor();
    expect(page.url()).toBe(`${server.url}/#/jobs/${jobId}/runs/${jobRunId}`);
    await page.getByRole("link", { name: "trained by a job" }).click();
    await page.getByRole("heading", { name: "trained by a job" }).waitFor();
    await page.getByRole("link", { name: `Job run ${jobRunId}` }).click();
    await page.getByRole("heading", { name: "linked" }).waitFor();

    await open(`/?o=0#job/${jobId}/run/${jobRunId}`);
    await page.getByRole("heading", { name: "linked" }).waitFor();
    expect(page.url()).toContain(`#/jobs/${jobId}/runs/${jobRunId}`);
  });

  test("shows clusters and a missing run, in the dark theme", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open("/#/jobs");
    await page.getByRole("row", { name: /^linked/ }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("tab", { name: "Clusters" }).click();
    await page
      .getByRole("cell", { name: /7 to 8 workers of p3.2xlarge.*got this machine/ })
      .first()
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    guard.expectError(/runs\/get/);
    await open("/#/jobs/1/runs/404");
    await page.getByText("Could not load the job run.").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});
