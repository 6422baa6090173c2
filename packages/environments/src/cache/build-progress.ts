import { sleep, systemClock } from "@flightdeck/core";
import { folderSizeBytes } from "./folder-size.ts";

/** How far a build has come. */
export type EnvironmentProgress = {
  /** `waiting`: another process builds the same environment. `failed`, or cancelled: the reason is thrown. */
  readonly phase: "waiting" | "building" | "ready" | "failed";
  /** The defining file, and what builds from it. */
  readonly title: string;
  readonly elapsedMs: number;
  readonly sizeBytes: number;
  /** What is not as the file asks, and what stands for what; a line each. Empty while waiting. */
  readonly remarks: readonly string[];
  /** What the tool that builds said last. */
  readonly line?: string;
};
export type OnEnvironmentProgress = (progress: EnvironmentProgress) => void;

/** A person should see time pass. */
const TICK_MS = 1_000;
/** Looking at the size of a folder of many files takes long; it may take at most this share of the time. */
const SIZE_SHARE_MAX = 0.1;

/** Tells about a build, until stopped, once a second and whenever the tool says something new. */
export class BuildProgress {
  private readonly startedMs = systemClock.nowMs();
  private readonly stop = new AbortController();
  private readonly told: OnEnvironmentProgress;
  private readonly title: string;
  private sizeBytes = 0;
  private remarks: readonly string[] = [];
  private line: string | undefined;

  constructor(title: string, told: OnEnvironmentProgress) {
    this.title = title;
    this.told = told;
  }

  /** Begins to tell how large the folder is. */
  begin(folder: string, remarks: readonly string[]): void {
    this.remarks = remarks;
    void this.tick().catch(() => undefined); // Ends by being cancelled.
    void this.measure(folder).catch(() => undefined);
  }

  tell(phase: EnvironmentProgress["phase"]): void {
    const { title, sizeBytes, remarks, line } = this;
    const elapsedMs = this.elapsedMs();
    this.told({ phase, title, elapsedMs, sizeBytes, remarks, ...(line !== undefined && { line }) });
  }

  say(line: string): void {
    this.line = line;
  }

  elapsedMs(): number {
    return systemClock.nowMs() - this.startedMs;
  }

  dispose(sizeBytes?: number): void {
    this.stop.abort();
    if (sizeBytes !== undefined) this.sizeBytes = sizeBytes;
  }

  private async tick(): Promise<void> {
    for (;;) {
      this.tell("building");
      await sleep(TICK_MS, this.stop.signal);
    }
  }

  private async measure(folder: string): Promise<void> {
    for (;;) {
      const beganMs = performance.now();
      this.sizeBytes = await folderSizeBytes(folder, this.stop.signal);
      const tookMs = performance.now() - beganMs;
      await sleep(Math.max(TICK_MS, tookMs / SIZE_SHARE_MAX), this.stop.signal);
    }
  }
}
