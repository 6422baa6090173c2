import { sleep, systemClock } from "@flightdeck/core";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The progress of a build. */
export type EnvironmentProgress = {
  /** `waiting`: another process is building the same environment. `failed`: the build failed or was cancelled, and throws. */
  readonly phase: "waiting" | "building" | "ready" | "failed";
  /** The definition's file and the manager, such as `conda.yaml by uv`. */
  readonly title: string;
  readonly elapsedMs: number;
  readonly sizeBytes: number;
  /** Deviations from the definition, such as mapped or missing packages; a line each. Empty while waiting. */
  readonly remarks: readonly string[];
  /** The build tool's last line of output. */
  readonly line?: string | undefined;
};

/** Called once a second while an environment is being built, and when the phase changes. */
export type OnEnvironmentProgress = (progress: EnvironmentProgress) => void;

/** Often enough for the elapsed time to count up in seconds. */
const TICK_MS = 1_000;

/** Measuring a folder with many files is slow, so it may take at most this share of the time. */
const SIZE_SHARE_MAX = 0.1;

/** Reports a build's progress once a second until disposed. */
export class BuildProgress {
  readonly #startedMs = systemClock.nowMs();
  readonly #stop = new AbortController();
  readonly #onProgress: OnEnvironmentProgress;
  readonly #title: string;
  #sizeBytes = 0;
  #remarks: readonly string[] = [];
  #line: string | undefined;

  constructor(title: string, onProgress: OnEnvironmentProgress) {
    this.#title = title;
    this.#onProgress = onProgress;
  }

  /** Starts reporting, including the folder's size. */
  begin(folder: string, remarks: readonly string[]): void {
    this.#remarks = remarks;
    void this.#tick().catch(() => undefined); // Runs until `dispose` aborts it.
    void this.#measure(folder).catch(() => undefined);
  }

  report(phase: EnvironmentProgress["phase"]): void {
    this.#onProgress({
      phase,
      title: this.#title,
      elapsedMs: this.elapsedMs(),
      sizeBytes: this.#sizeBytes,
      remarks: this.#remarks,
      line: this.#line,
    });
  }

  setLine(line: string): void {
    this.#line = line;
  }

  elapsedMs(): number {
    return systemClock.nowMs() - this.#startedMs;
  }

  dispose(sizeBytes?: number): void {
    this.#stop.abort();
    if (sizeBytes !== undefined) this.#sizeBytes = sizeBytes;
  }

  async #tick(): Promise<void> {
    for (;;) {
      this.report("building");
      await sleep(TICK_MS, this.#stop.signal);
    }
  }

  async #measure(folder: string): Promise<void> {
    for (;;) {
      const beganMs = performance.now();
      this.#sizeBytes = await folderSizeBytes(folder, this.#stop.signal);
      const tookMs = performance.now() - beganMs;
      await sleep(Math.max(TICK_MS, tookMs / SIZE_SHARE_MAX), this.#stop.signal);
    }
  }
}

/** The total size of a folder's files, without following links. Files removed meanwhile count as 0. */
export async function folderSizeBytes(folder: string, signal?: AbortSignal): Promise<number> {
  if (signal?.aborted) return 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderSizeBytes(path, signal);
    else bytes += (await lstat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
