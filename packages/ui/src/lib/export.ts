/*
 * Exports: tables as CSV, charts as CSV and SVG. Charts have dark ink on white in any theme, since they go into
 * documents.
 */

/** Longer than any browser takes to start saving. */
const SAVE_MS = 60_000;

/** Has the browser save a file. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), SAVE_MS);
}

/** Makes a file name from user text: drops characters that file systems reject, and limits its length. */
export function fileName(text: string, extension: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]/, "");
  return `${plain.slice(0, 80) || "export"}.${extension}`;
}

export type CsvValue = string | number | undefined;

/** Formats rows as CSV (RFC 4180). */
export function toCsv(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

/**
 * Spreadsheets treat a text that starts with one of these as a formula, which may fetch and run things
 * (https://owasp.org/www-community/attacks/CSV_Injection). A leading apostrophe makes it plain text.
 */
const FORMULA = /^[=+\-@\t\r]/;

function csvField(value: CsvValue): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const isNumber = value.trim() !== "" && Number.isFinite(Number(value));
  const text = FORMULA.test(value) && !isNumber ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of a chart. `low` and `high` add a band. */
export type ExportLine = {
  readonly label: string;
  readonly colour: string;
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
};

export type ExportChart = {
  readonly title: string;
  readonly xTitle: string;
  readonly isLogarithmic: boolean;
  readonly lines: readonly ExportLine[];
};

/** One row per x value, one column per line, and two more for the edges of a band. */
export function chartCsv({ xTitle, lines }: ExportChart): string {
  const columns = lines.flatMap(({ label, xs, ys, low, high }) => {
    const column = (title: string, values: readonly (number | null)[]) => ({
      title,
      values: new Map(xs.map((x, index) => [x, values[index] ?? undefined])),
    });
    const band =
      low === undefined || high === undefined
        ? []
        : [column(`${label} low`, low), column(`${label} high`, high)];
    return [column(label, ys), ...band];
  });
  const xs = [...new Set(lines.flatMap((line) => line.xs))].toSorted((a, b) => a - b);
  return toCsv([
    [xTitle, ...columns.map(({ title }) => title)],
    ...xs.map((x) => [x, ...columns.map(({ values }) => values.get(x))]),
  ]);
}

const WIDTH = 720;
const HEIGHT = 420;
const MARGIN = { top: 44, right: 24, bottom: 48, left: 76 };
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
const LEGEND_LINE = 18;

/** A standalone drawing of the chart: axes, lines, bands and a legend. */
export function chartSvg({ title, xTitle, isLogarithmic, lines }: ExportChart): string {
  const scale = (value: number): number => (isLogarithmic ? Math.log10(value) : value);
  const isShown = (value: number | null): value is number =>
    value !== null && Number.isFinite(value) && (!isLogarithmic || value > 0);
  const xs = lines.flatMap((line) => line.xs);
  const ys = lines.flatMap((line) => [...line.ys, ...(line.low ?? []), ...(line.high ?? [])]).filter(isShown);
  const xRange = rangeOf(xs);
  const yRange = rangeOf(ys.map(scale));
  const xAt = (x: number): number => round(((x - xRange.low) / xRange.span) * PLOT.width);
  const yAt = (y: number): number => round((1 - (scale(y) - yRange.low) / yRange.span) * PLOT.height);
  const points = (line: ExportLine, values: readonly (number | null)[]): readonly string[] =>
    line.xs.flatMap((x, index) => {
      const y = values[index] ?? null;
      return isShown(y) ? [`${xAt(x)},${yAt(y)}`] : [];
    });
  const bands = lines.map((line) => {
    const { low, high, colour } = line;
    if (low === undefined || high === undefined) return "";
    const outline = [...points(line, high), ...points(line, low).toReversed()].join(" ");
    return `<polygon points="${outline}" fill="${colour}" fill-opacity="0.17"/>`;
  });
  const paths = lines.map(
    (line) =>
      `<polyline points="${points(line, line.ys).join(" ")}" fill="none" stroke="${line.colour}" stroke-width="1.6"/>`,
  );
  const legend = lines.map(
    ({ label, colour }, index) =>
      `<g transform="translate(0 ${index * LEGEND_LINE})"><rect width="14" height="3" y="-4" fill="${colour}"/><text x="20">${escapeXml(label)}</text></g>`,
  );
  const height = HEIGHT + lines.length * LEGEND_LINE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#18202b">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN.left}" y="26" font-size="15" font-weight="600">${escapeXml(title)}</text>`,
    `<g transform="translate(${MARGIN.left} ${MARGIN.top})">`,
    ...roundTicks(yRange.low, yRange.low + yRange.span, 5).map((tick) => {
      const y = round((1 - (tick - yRange.low) / yRange.span) * PLOT.height);
      const label = isLogarithmic ? Number((10 ** tick).toPrecision(3)) : tick;
      return `<line x2="${PLOT.width}" y1="${y}" y2="${y}" stroke="#e4e7ec"/><text x="-8" y="${y + 4}" text-anchor="end">${label}</text>`;
    }),
    ...roundTicks(xRange.low, xRange.low + xRange.span, 7).map(
      (tick) => `<text x="${xAt(tick)}" y="${PLOT.height + 18}" text-anchor="middle">${tick}</text>`,
    ),
    `<text x="${PLOT.width / 2}" y="${PLOT.height + 38}" text-anchor="middle">${escapeXml(xTitle)}</text>`,
    ...bands,
    ...paths,
    "</g>",
    `<g transform="translate(${MARGIN.left} ${HEIGHT})">${legend.join("")}</g>`,
    "</svg>",
  ].join("\n");
}

/** About 200 dots per inch if the drawing is as wide as a page's text. */
const PIXELS_A_UNIT = 2;

/** Renders a drawing as an image at twice its size. */
export async function svgToPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * PIXELS_A_UNIT;
    canvas.height = image.naturalHeight * PIXELS_A_UNIT;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => {
        if (blob === null) reject(new TypeError("The browser could not draw the picture"));
        else resolve(blob);
      }, "image/png");
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

function rangeOf(values: readonly number[]): { readonly low: number; readonly span: number } {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!Number.isFinite(low)) return { low: 0, span: 1 };
  return low === high ? { low: low - 0.5, span: 1 } : { low, span: high - low };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const STEPS = [1, 2, 5, 10] as const;

/** Round numbers between two bounds, about `count` of them: `0, 20, 40, …`. */
export function roundTicks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    // Rounded, because multiples of a tenth are not exact in binary.
    return Number(((first + index) * step).toPrecision(12));
  });
}
