/** A point of a curve in the units of its axes. */
export type Point = readonly [x: number, y: number];

/** Escapes text and attributes, which come from untrusted column names and labels. */
export function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export type Canvas = { readonly width: number; readonly height: number; readonly title: string };

/** A complete SVG file without scripts, style sheets or external resources, so that it looks the same everywhere. */
export function svgOf({ width, height, title }: Canvas, parts: readonly string[]): string {
  const name = escapeText(title);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, sans-serif" font-size="12" fill="#222" role="img" aria-label="${name}">`,
    `<title>${name}</title><rect width="100%" height="100%" fill="#fff"/>`,
    textAt([width / 2, 18], title, { anchor: "middle", weight: "bold" }),
    ...parts,
    "</svg>\n",
  ].join("");
}

export type TextStyle = {
  readonly anchor?: "start" | "middle" | "end" | undefined;
  readonly weight?: "bold" | undefined;
  readonly color?: string | undefined;
  /** Rotated to read upwards. */
  readonly isTurned?: boolean | undefined;
};

export function textAt([x, y]: Point, text: string, style: TextStyle = {}): string {
  const turn = style.isTurned ? ` transform="rotate(-90 ${px(x)} ${px(y)})"` : "";
  const weight = style.weight ? ` font-weight="${style.weight}"` : "";
  const color = style.color ? ` fill="${style.color}"` : "";
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${style.anchor ?? "start"}"${weight}${color}${turn}>${escapeText(text)}</text>`;
}

export function rectAt([x, y]: Point, [width, height]: Point, fill: string): string {
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="${fill}"/>`;
}

export function lineOf(points: readonly Point[], color: string, isDashed = false): string {
  const path = points.map(([x, y]) => `${px(x)},${px(y)}`).join(" ");
  const dash = isDashed ? ' stroke-dasharray="4 4"' : "";
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.5"${dash}/>`;
}

/** Screen coordinates to a tenth of a pixel. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Formats a number for a label. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}

/** Truncates a long name to that many letters. */
export function shortText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

export const COLORS = { main: "#1f6feb", soft: "#b6d4fe", grey: "#8c959f" } as const;

export type Chart = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xRange: Point;
  readonly yRange: Point;
  readonly curves: readonly {
    readonly points: readonly Point[];
    readonly isReference?: boolean | undefined;
  }[];
  /** Marks the points of all curves except reference curves. */
  readonly hasDots?: boolean | undefined;
};

const SIZE: Point = [420, 360];
const MARGIN = { left: 60, right: 20, top: 34, bottom: 46 } as const;
const TICK_COUNT = 5;

/** Draws curves with two axes. */
export function chartOf(chart: Chart): string {
  const [width, height] = SIZE;
  const inner: Point = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  const bottom = MARGIN.top + inner[1];
  const x = (value: number): number => MARGIN.left + shareOf(value, chart.xRange) * inner[0];
  const y = (value: number): number => bottom - shareOf(value, chart.yRange) * inner[1];
  const ticks = Array.from({ length: TICK_COUNT }, (_, i) => i / (TICK_COUNT - 1));
  const at = ([low, high]: Point, share: number): number => low + share * (high - low);
  const parts = [
    ...ticks.flatMap((share) => [
      textAt([MARGIN.left + share * inner[0], bottom + 16], shortNumber(at(chart.xRange, share)), {
        anchor: "middle",
      }),
      textAt([MARGIN.left - 6, bottom - share * inner[1] + 4], shortNumber(at(chart.yRange, share)), {
        anchor: "end",
      }),
    ]),
    lineOf(
      [
        [MARGIN.left, MARGIN.top],
        [MARGIN.left, bottom],
        [width - MARGIN.right, bottom],
      ],
      COLORS.grey,
    ),
    ...chart.curves.map(({ points, isReference }) => {
      const placed = points.map(([a, b]): Point => [x(a), y(b)]);
      if (isReference) return lineOf(placed, COLORS.grey, true);
      const dots = chart.hasDots
        ? placed.map(([cx, cy]) => rectAt([cx - 2.5, cy - 2.5], [5, 5], COLORS.main))
        : [];
      return lineOf(placed, COLORS.main) + dots.join("");
    }),
    textAt([MARGIN.left + inner[0] / 2, height - 10], chart.xLabel, { anchor: "middle" }),
    textAt([14, MARGIN.top + inner[1] / 2], chart.yLabel, { anchor: "middle", isTurned: true }),
  ];
  return svgOf({ width, height, title: chart.title }, parts);
}

function shareOf(value: number, [low, high]: Point): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}
