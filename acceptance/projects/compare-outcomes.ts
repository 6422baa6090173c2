import type { Run } from "@flightdeck/protocol";
import type { Outcome } from "./run-both.ts";

/** A text that differs in each test run, and its placeholder. */
export type Replacement = readonly [text: string, by: string];

/** The differences of two outcomes, one line each: `name: stock's | ours`. */
export function compareOutcomes(
  stock: Outcome,
  ours: Outcome,
  replacements: readonly Replacement[],
): readonly string[] {
  const [theirs, own] = [factsOf(stock), factsOf(ours)];
  const runs = Math.min(stock.runs.length, ours.runs.length);
  for (let at = 0; at < runs; at++) {
    addRunFacts(theirs, stock.runs[at]!, at);
    addRunFacts(own, ours.runs[at]!, at);
  }
  const names = [...new Set([...theirs.keys(), ...own.keys()])];
  return names.flatMap((name) => {
    const [left, right] = [theirs.get(name), own.get(name)].map((value) => shown(value, replacements));
    return left === right ? [] : [`${name}: ${left} | ${right}`];
  });
}

function factsOf({ code, output, runs }: Outcome): Map<string, string> {
  // Only lines printed by the projects' own scripts.
  const printed = output.split("\n").filter((line) => /^(?:given|packages) /.test(line));
  const statuses = runs.map(({ info }) => info.status);
  return new Map([
    ["exit code", String(code)],
    ["runs", statuses.join(", ") || "none"],
    ["output", printed.join("; ") || "none"],
  ]);
}

/** Adds everything recorded about a run, except a generated name. */
function addRunFacts(facts: Map<string, string>, { info, data }: Run, at: number): void {
  const prefix = at === 0 ? "" : `run ${at + 1} `;
  facts.set(`${prefix}has ended`, String(info.endTimeMs !== undefined));
  for (const { key, value } of data.params) facts.set(`${prefix}param ${key}`, value);
  for (const { key, value } of data.tags) {
    const isGenerated = key === "mlflow.runName" && /^[a-z]+-[a-z]+-\d+$/.test(value);
    if (!isGenerated) facts.set(`${prefix}tag ${key}`, value);
  }
}

function shown(value: string | undefined, replacements: readonly Replacement[]): string {
  const text = value?.replaceAll(/\b[0-9a-f]{32}\b/g, "<id>").replaceAll("\n", "\\n") ?? "–";
  return replacements.reduce((replaced, [from, to]) => replaced.replaceAll(from, to), text);
}
