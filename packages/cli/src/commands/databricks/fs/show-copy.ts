import { formatBytes } from "../../../output/format-bytes.ts";
import type { CopyProgress } from "./copy-files.ts";

/** A terminal is not written to more often: people cannot read faster, and writing takes time. */
const EVERY_MS = 100;

/** Shows on a terminal how far a copy has come, in one line that is written over. */
export function showCopy(): (progress: CopyProgress) => void {
  let shownAtMs = 0;
  return ({ bytesDone, bytesTotal, filesDone, filesTotal }) => {
    const isLast = filesDone === filesTotal;
    if (!process.stderr.isTTY || (!isLast && Date.now() - shownAtMs < EVERY_MS)) return;
    shownAtMs = Date.now();
    const text = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}, ${filesDone} of ${filesTotal} files`;
    process.stderr.write(`\r\u001B[K${text}${isLast ? "\n" : ""}`);
  };
}
