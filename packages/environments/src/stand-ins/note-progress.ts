import type { OnEnvironmentProgress } from "../cache/build-progress.ts";

/** A log keeps every line. */
const LINE_MS = 10_000;

/** Tells a log of a build: what is not as asked, its beginning and end, and every ten seconds that it goes on. */
export function noteProgress(note: (text: string) => void): OnEnvironmentProgress {
  let phaseBefore: string | undefined;
  let toldAtMs = 0;
  return ({ phase, title, elapsedMs, remarks }) => {
    const isNew = phase !== phaseBefore;
    if (!isNew && elapsedMs - toldAtMs < LINE_MS) return;
    if (isNew && phase === "building") remarks.forEach(note);
    phaseBefore = phase;
    toldAtMs = elapsedMs;
    note(`${phase}: the environment of ${title} (${Math.round(elapsedMs / 1000)} s)`);
  };
}
