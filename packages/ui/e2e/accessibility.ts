import type { Page } from "playwright-core";

/** WCAG 2.2, 1.4.3: large text (24 px, or 18.66 px bold) may have the lower ratio. */
const CONTRAST_MIN = 4.5;
const CONTRAST_LARGE_MIN = 3;

/**
 * Faults of the screen that a machine can find: controls without a name, more or less than one main heading, images
 * without a text, ids twice, and text whose contrast with what lies below it is too low.
 */
export function accessibilityFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(findFaults, { contrastMin: CONTRAST_MIN, contrastLargeMin: CONTRAST_LARGE_MIN });
}

type Limits = { readonly contrastMin: number; readonly contrastLargeMin: number };

/** Runs in the page, so it stands alone: everything that it needs is inside. */
function findFaults({ contrastMin, contrastLargeMin }: Limits): string[] {
  const faults: string[] = [];
  const shown = (element: Element): boolean => element.checkVisibility({ opacityProperty: true });
  const nameOf = (element: Element): string => {
    const labelled = (element.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent ?? "")
      .join(" ");
    const labels = "labels" in element ? [...((element.labels as NodeListOf<Element> | null) ?? [])] : [];
    const texts = [element.getAttribute("aria-label"), labelled, ...labels.map((label) => label.textContent)];
    return [...texts, element.textContent, element.getAttribute("alt")].join(" ").trim();
  };
  const outline = (element: Element): string => element.outerHTML.slice(0, 120);

  for (const control of document.querySelectorAll("button, a, input, select, textarea, [role=img]")) {
    if (shown(control) && nameOf(control) === "") faults.push(`no name: ${outline(control)}`);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`no alt: ${outline(image)}`);
  const headings = document.querySelectorAll("h1").length;
  if (headings !== 1) faults.push(`${headings} main headings`);
  if (document.documentElement.lang === "") faults.push("no language");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id twice: ${id}`);
  for (const table of document.querySelectorAll("table:not(.u-legend)")) {
    if (table.querySelector("caption") === null) faults.push(`no caption: ${outline(table)}`);
  }

  type Colour = readonly [number, number, number, number];
  const parse = (text: string): Colour => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b, a];
  };
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (index: 0 | 1 | 2): number => top[index] * top[3] + below[index] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const groundOf = (element: Element | null): Colour => {
    if (element === null) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, groundOf(element.parentElement));
  };
  const luminance = ([r, g, b]: Colour): number => {
    const linear = (part: number): number =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const contrast = (a: Colour, b: Colour): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent?.trim() ?? "";
    if (element === null || text === "" || !shown(element) || element.closest("noscript, :disabled") !== null)
      continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    const ground = groundOf(element);
    const ratio = contrast(over(parse(color), ground), ground);
    if (ratio < (isLarge ? contrastLargeMin : contrastMin)) {
      faults.push(`contrast ${ratio.toFixed(2)}: "${text.slice(0, 40)}" ${color} on ${ground.join(",")}`);
    }
  }
  return [...new Set(faults)];
}
