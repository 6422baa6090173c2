/** How far the transfer of a folder has come; told after each file. */
export type TransferProgress = {
  /** The file that was just finished, relative to the folder. */
  readonly path: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
};

export type TransferOptions = {
  /** Files under way at a time. Default 8: enough to hide the latency of a server, few enough to share it. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TransferProgress) => void;
};

/** What was transferred. */
export type TransferSummary = { readonly files: number; readonly bytes: number };

export const TRANSFER_CONCURRENCY = 8;
/** A model or a run has thousands of files at most; beyond, something has gone wrong. */
export const FOLDER_FILES_MAX = 100_000;
