import { MlflowClient } from "@flightdeck/client/browser";
import { type RunningServer, startServer } from "@flightdeck/server";
import { openStore, type Store } from "@flightdeck/store";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { buildPage } from "./build-page.ts";
import { guardPages, type PageGuard } from "./page-guard.ts";

const WAIT_MS = 15_000;

type Parts = {
  readonly folder: string;
  readonly server: RunningServer;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly guard: PageGuard;
};

type StartOptions = {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Writes what the server finds when it starts: for more than can be sent to it in a reasonable time. */
  readonly fill?: (store: Store) => Promise<void>;
};

/** The page as it is shipped, its server, and a browser's page that looks at it. */
export class PageUnderTest {
  readonly #folder: string;
  #server: RunningServer;
  readonly client: MlflowClient;
  readonly context: BrowserContext;
  readonly guard: PageGuard;
  readonly page: Page;

  private constructor({ folder, server, context, page, guard }: Parts) {
    this.#folder = folder;
    this.#server = server;
    this.client = new MlflowClient({ trackingUri: server.url });
    this.context = context;
    this.page = page;
    this.guard = guard;
  }

  static async start(browser: Browser, options: StartOptions = {}): Promise<PageUnderTest> {
    const { viewport = { width: 1440, height: 900 }, fill } = options;
    const folder = await mkdtemp(join(tmpdir(), "flightdeck-page-"));
    if (fill !== undefined) await fillStore(join(folder, "data"), fill);
    await buildPage(join(folder, "page"));
    const server = await startIn(folder, 0);
    const context = await browser.newContext({ viewport });
    context.setDefaultTimeout(WAIT_MS);
    const guard = guardPages(context, server.url);
    return new PageUnderTest({ folder, server, context, page: await context.newPage(), guard });
  }

  get url(): string {
    return this.#server.url;
  }

  /** Opens an address as a reader who types it: nothing of an earlier screen is left. */
  async open(hash: string): Promise<void> {
    await this.page.goto("about:blank");
    await this.page.goto(`${this.url}/#${hash}`);
  }

  /** Takes the server away. */
  async stopServer(): Promise<void> {
    await this.#server.close();
  }

  /** Brings it back under the same address, with what it knew. */
  async restartServer(): Promise<void> {
    this.#server = await startIn(this.#folder, Number(new URL(this.url).port));
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function fillStore(dataDir: string, fill: (store: Store) => Promise<void>): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const store = await openStore({
    backendStoreUri: `sqlite:///${join(dataDir, "flightdeck.db")}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  try {
    await fill(store);
  } finally {
    await store.close();
  }
}

function startIn(folder: string, port: number): Promise<RunningServer> {
  const pageDir = join(folder, "page");
  return startServer({ host: "127.0.0.1", port, dataDir: join(folder, "data"), pageDir, logLevel: "silent" });
}
