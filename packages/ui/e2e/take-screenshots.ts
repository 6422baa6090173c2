import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launchBrowser } from "@flightdeck/testkit";
import { makeDemoWorkspace } from "./demo-workspace.ts";
import { PageUnderTest } from "./page-under-test.ts";
import { screensOf } from "./screens.ts";

/*
 * Takes the pictures of every screen for the documentation, in both themes:
 *   node packages/ui/e2e/take-screenshots.ts [--out docs/screens] [--width 1280] [--height 800] [--only search]
 */

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "docs/screens" },
    width: { type: "string", default: "1280" },
    height: { type: "string", default: "800" },
    only: { type: "string", default: "" },
  },
});
/** Charts draw themselves after their data has come. */
const SETTLE_MS = 700;

const browser = await launchBrowser();
const t = await PageUnderTest.start(browser, {
  viewport: { width: Number(values.width), height: Number(values.height) },
});
try {
  const demo = await makeDemoWorkspace(t.client);
  await mkdir(values.out, { recursive: true });
  for (const theme of ["light", "dark"] as const) {
    await t.page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const { name, address, text } of screensOf(demo)) {
      if (values.only !== "" && values.only !== name) continue;
      await t.open(address);
      await t.page.getByText(text).first().waitFor();
      await t.page.waitForTimeout(SETTLE_MS);
      await t.page.screenshot({ path: join(values.out, `${name}-${theme}.png`) });
    }
  }
} finally {
  await t.close();
  await browser.close();
}
