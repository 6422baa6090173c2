import { AppError } from "@flightdeck/core";
import { forEachBounded } from "./for-each-bounded.ts";
import {
  FOLDER_FILES_MAX,
  TRANSFER_CONCURRENCY,
  type TransferOptions,
  type TransferSummary,
} from "./transfer-progress.ts";

/** Transfers each file by `transfer`, which gives its size, and tells of the progress. */
export async function transferAll(
  paths: readonly string[],
  { concurrency = TRANSFER_CONCURRENCY, signal, onProgress }: TransferOptions,
  transfer: (path: string) => Promise<number>,
): Promise<TransferSummary> {
  let files = 0;
  let bytes = 0;
  await forEachBounded(paths, { concurrency, signal }, async (path) => {
    const size = await transfer(path); // Apart: `bytes += await` would add to what `bytes` was before the wait.
    bytes += size;
    files += 1;
    onProgress?.({ path, filesDone: files, filesTotal: paths.length, bytesDone: bytes });
  });
  return { files, bytes };
}

export function checkFileCount(count: number): void {
  if (count <= FOLDER_FILES_MAX) return;
  const message = `the folder has more than ${FOLDER_FILES_MAX} files, which is the most that is transferred at once`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
