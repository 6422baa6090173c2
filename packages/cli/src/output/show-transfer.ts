import type { TransferProgress } from "@flightdeck/artifacts";

/** Shows on a terminal how far a transfer has come, in one line that is written over. */
export function showTransfer({ filesDone, filesTotal }: TransferProgress): void {
  if (!process.stderr.isTTY) return;
  const end = filesDone === filesTotal ? "\n" : "";
  process.stderr.write(`\r${filesDone} of ${filesTotal} files${end}`);
}
