import type { EnvironmentProgress, OnEnvironmentProgress } from "@flightdeck/environments";
import { formatBytes } from "./format-bytes.ts";
import { note } from "./print.ts";

/** Where no terminal shows a line that is written over, time passes at this pace. */
const PLAIN_LINE_MS = 10_000;
/** A line that is written over must not wrap. */
const COLUMNS_DEFAULT = 80;

/**
 * Shows how far the build of an environment has come: on a terminal in one line that is written over, elsewhere in a line
 * at the beginning, at the end, and every ten seconds. What is not as asked is said first.
 */
export function showEnvironment(): OnEnvironmentProgress {
  let shownAtMs: number | undefined;
  let phase: EnvironmentProgress["phase"] | undefined;
  return (progress) => {
    const text = describe(progress);
    const isNew = progress.phase !== phase;
    phase = progress.phase;
    if (isNew && phase === "building") progress.remarks.forEach(note);
    const isLast = phase === "ready" || phase === "failed";
    if (process.stderr.isTTY) return writeOver(text, isLast);
    if (phase === "failed") return; // The reason follows, and says it all.
    if (!isNew && progress.elapsedMs - (shownAtMs ?? 0) < PLAIN_LINE_MS) return;
    shownAtMs = progress.elapsedMs;
    note(text);
  };
}

function describe({ phase, title, elapsedMs, sizeBytes, line }: EnvironmentProgress): string {
  const soFar = `${Math.round(elapsedMs / 1000)} s, ${formatBytes(sizeBytes)}`;
  if (phase === "waiting") return `waiting for another process that builds the environment of ${title}`;
  if (phase === "failed") return `the environment of ${title} could not be built (${soFar})`;
  if (phase === "ready") return `built the environment of ${title} (${soFar})`;
  return `building the environment of ${title} (${soFar})${line === undefined ? "" : `: ${line}`}`;
}

function writeOver(text: string, isLast: boolean): void {
  const line = `flightdeck: ${text}`.slice(0, (process.stderr.columns || COLUMNS_DEFAULT) - 1);
  process.stderr.write(`\r\u001B[K${line}${isLast ? "\n" : ""}`);
}
