import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { RandomForestClassifier } from "@flightdeck/forest";
import type * as browserEntry from "@flightdeck/forest/browser";
import { Frame } from "@flightdeck/frame";
import { launchBrowser, part, REPOSITORY_ROOT, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/* Runs the browser entry in Chromium from source: types are stripped, and package names resolve to their entries. */

const browser = await part("Chromium", launchBrowser);
const reason = browser.missing ? ` (${browser.reason})` : "";
const IMPORTS = { imports: { "@flightdeck/core": "/packages/core/src/index.ts" } };
const PAGE = `<!doctype html><script type="importmap">${JSON.stringify(IMPORTS)}</script>
<script type="module">globalThis.entry = await import("/packages/forest/src/browser.ts");</script>`;

describe.skipIf(browser.missing)(`a forest in Chromium${reason}`, () => {
  let folder = "";
  let server: Server;
  let url = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flightdeck-forest-"));
    server = createServer(({ url: path = "/" }, response) => {
      const send = (type: string, body: string | Uint8Array): void =>
        void response.writeHead(200, { "content-type": type }).end(body);
      const file = normalize(path);
      if (file === "/") send("text/html", PAGE);
      else if (file.startsWith("/model/"))
        void readFile(join(folder, file)).then((bytes) => send("application/octet-stream", bytes));
      else
        void readFile(join(REPOSITORY_ROOT, file), "utf8").then((text) =>
          send("text/javascript", stripTypeScriptTypes(text)),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // The address of a TCP server is an object.
  });
  afterAll(async () => {
    await valueOf(browser).close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("predicts the same as in Node, and refuses a damaged file", async () => {
    const data = Array.from({ length: 500 }, (_, i) => [
      i % 11 === 0 ? Number.NaN : i % 13,
      i % 7,
      i % 13 > i % 7 ? "late" : "no",
    ]);
    const frame = Frame.fromRows({ columns: ["a", "b", "y"], data });
    const model = await new RandomForestClassifier({ nEstimators: 9, maxDepth: 6 }).fit(frame, "y");
    await model.save(join(folder, "model"));
    const rows = data.flatMap(([a, b]) => [Number.isNaN(a) ? null : a, b]);
    const page = await valueOf(browser).newPage();
    await page.goto(url);
    await page.waitForFunction("globalThis.entry");
    const seen = await page.evaluate(async (values) => {
      // Set by the page.
      const { openForest } = (globalThis as unknown as { entry: typeof browserEntry }).entry;
      const header = await (await fetch("/model/forest.json")).text();
      const arrays = new Uint8Array(await (await fetch("/model/forest.bin")).arrayBuffer());
      const forest = await openForest({ header, arrays });
      const matrix = Float32Array.from(values, (value) => (value === null ? Number.NaN : Number(value)));
      arrays[40] = (arrays[40] ?? 0) ^ 1;
      const damaged: unknown = await openForest({ header, arrays }).catch((error: unknown) => String(error));
      return {
        probabilities: [...forest.predictProbaRows(matrix)],
        labels: [...forest.predictRows(matrix)],
        names: forest.featureNames,
        damaged,
      };
    }, rows);
    expect(seen.probabilities).toEqual([...(await model.predictProba(frame))]);
    expect(seen.labels).toEqual(await model.predict(frame));
    expect(seen.names).toEqual(["a", "b"]);
    expect(seen.damaged).toContain("its checksum is not the one in the header");
  });
});
