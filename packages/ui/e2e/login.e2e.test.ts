import { MlflowClient } from "@flightdeck/client/browser";
import { type RunningServer, startServer } from "@flightdeck/server";
import { launchBrowser, part, REPOSITORY_ROOT, valueOf } from "@flightdeck/testkit";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults } from "./accessibility.ts";
import { buildPage } from "./build-page.ts";
import { guardPages, type PageGuard } from "./page-guard.ts";

const WAIT_MS = 15_000;

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";

describe.skipIf(browser.missing)(`the page of a workspace that asks for tokens${reason}`, () => {
  let dataDir: string;
  let server: RunningServer;
  let token: string;
  let guard: PageGuard;
  let page: Page;

  const createToken = async (user: string, ...more: readonly string[]): Promise<string> => {
    const flightdeck = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");
    const args = [flightdeck, "tokens", "create", "--user", user, "--data-dir", dataDir, ...more];
    return (await promisify(execFile)(process.execPath, args)).stdout.trim();
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "flightdeck-page-"));
    const pageDir = join(dataDir, "page");
    await buildPage(pageDir);
    const options = { host: "127.0.0.1", port: 0, dataDir, pageDir, logLevel: "silent" } as const;
    server = await startServer({ ...options, auth: "token" });
    token = await createToken("me");
    const context = await valueOf<Browser>(browser).newContext();
    context.setDefaultTimeout(WAIT_MS);
    guard = guardPages(context, server.url);
    page = await context.newPage();
  });
  afterAll(async () => {
    await valueOf<Browser>(browser).close();
    await server?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test("asks for a token, says what is wrong with it, and keeps it for the tab", async () => {
    guard.expectError(/401/);
    await page.goto(server.url);
    await page.getByLabel("Access token").fill(`fdpat-${"A".repeat(43)}`);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("dialog").getByText("Invalid access token: it is unknown").waitFor();
    await page.getByLabel("Access token").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("link", { name: "Default" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    guard.check();
    await page.reload();
    await page.getByRole("link", { name: "Default" }).waitFor();
    expect(await page.getByLabel("Access token").count()).toBe(0);
    guard.check();
  });

  test("follows changes, and saves files", async () => {
    const client = new MlflowClient({ trackingUri: server.url, token });
    await page.getByText("Live", { exact: true }).waitFor();
    const experimentId = await client.createExperiment({ name: "made elsewhere" });
    await page.getByRole("link", { name: "made elsewhere" }).waitFor();
    const { info } = await client.createRun({ experimentId });
    const place = client.artifactUrl(info.artifactUri, "note.txt");
    await fetch(place, { method: "PUT", headers: client.headers, body: "a note" });
    await page.goto(`${server.url}/#/experiments/${experimentId}/runs/${info.runId}?tab=artifacts`);
    await page.getByText("note.txt").first().click();
    await page.getByText("a note").waitFor();
    const saving = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    const saved = await (await saving).path();
    expect(await readFile(saved, "utf8")).toBe("a note");
    guard.check();
  });

  test("shows jobs to admins only, and says so to others", async () => {
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByText("No job has run yet").waitFor();
    guard.check();
    const other = await createToken("other", "--role", "user");
    await page.evaluate((value) => sessionStorage.setItem("flightdeck.token", value), other);
    guard.expectError(/403/);
    await page.reload();
    await page.getByText("Jobs are for the admins of this workspace").waitFor();
    expect(await page.getByRole("link", { name: "Jobs" }).count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.goto(`${server.url}/#/jobs/1/runs/1`);
    await page.getByText("Jobs are for the admins of this workspace").waitFor();
    await page.getByRole("heading", { name: "Job run" }).waitFor();
    guard.check();
  });
});
