import { describe, expect, test } from "vitest";
import { chartCsv, chartSvg, fileName, toCsv } from "./export.ts";

describe("toCsv", () => {
  test("quotes what needs quotes", () => {
    expect(toCsv([["a", 'b "c", d', 1.5, undefined], ["two\nlines"]])).toBe(
      'a,"b ""c"", d",1.5,\r\n"two\nlines"\r\n',
    );
  });

  test.each([
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["-2+3", "'-2+3"],
    ["-2.5", "-2.5"],
    ["+1e3", "+1e3"],
    ["plain", "plain"],
  ])("does not export the text %j as a formula", (text, field) => {
    expect(toCsv([[text]])).toBe(`${field}\r\n`);
  });
});

test("file names contain no path separators", () => {
  expect(fileName("../../val loss", "csv")).toBe(".-..-val-loss.csv");
  expect(fileName("", "png")).toBe("export.png");
});

const chart = {
  title: "a < b & c",
  xTitle: "step",
  isLogarithmic: false,
  lines: [
    { label: "one", colour: "#0b5fc4", xs: [0, 1, 2], ys: [1, null, 3] },
    { label: "mean", colour: "#0f7040", xs: [1], ys: [5], low: [4], high: [6] },
  ],
};

describe("a chart", () => {
  test("exports its lines as CSV, with the edges of bands", () => {
    expect(chartCsv(chart)).toBe("step,one,mean,mean low,mean high\r\n0,1,,,\r\n1,,5,4,6\r\n2,3,,,\r\n");
  });

  test("exports as SVG with escaped names", () => {
    const svg = chartSvg({ ...chart, lines: [{ ...chart.lines[0]!, label: "<script>x</script>" }] });
    expect(svg).toContain("a &lt; b &amp; c");
    expect(svg).not.toContain("<script>");
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg.match(/<polyline/g)).toHaveLength(1);
  });

  test("skips values without a logarithm on a log scale", () => {
    const svg = chartSvg({
      ...chart,
      isLogarithmic: true,
      lines: [{ label: "l", colour: "#000", xs: [0, 1, 2], ys: [0, 10, 100] }],
    });
    expect(/<polyline points="([^"]*)"/.exec(svg)?.[1]?.split(" ")).toHaveLength(2);
  });
});
