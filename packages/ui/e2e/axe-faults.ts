import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults, RunOnly } from "axe-core";
import type { Page } from "playwright-core";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2 A and AA, and what axe calls best practice. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const RULES = {
  "all rules": { type: "tag", values: TAGS },
  contrast: { type: "rule", values: ["color-contrast"] },
} satisfies Readonly<Record<string, RunOnly>>;

/** What axe-core finds wrong with the screen, of any weight: the rule, its weight, and the first elements. */
export async function axeFaults(page: Page, rules: "all rules" | "contrast"): Promise<readonly string[]> {
  // Through the debugger's own way in, since the page's content security policy lets no script of ours in.
  await page.evaluate(source);
  const { violations } = await page.evaluate(runAxe, RULES[rules]);
  return violations.map(({ id, impact, nodes }) => {
    const elements = nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${html.slice(0, 120)} (${failureSummary?.split("\n")[1]?.trim()})`);
    return `${id} (${impact}), ${nodes.length} times: ${elements.join(" | ")}`;
  });
}

declare const axe: { run(context: Document, options: object): Promise<AxeResults> };

/** Runs in the page. */
async function runAxe(runOnly: RunOnly): Promise<Pick<AxeResults, "violations">> {
  const { violations } = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return { violations };
}
