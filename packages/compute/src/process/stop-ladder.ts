import { type ProcessGroup, signalGroup } from "./process-group.ts";

type StopLadderOptions = {
  readonly group: ProcessGroup;
  /** Milliseconds from the first signal to SIGKILL. */
  readonly graceMs: number;
  /** Begins the ladder when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Jumps to its last step when it fires. */
  readonly killSignal?: AbortSignal | undefined;
};

/**
 * Ends a running group step by step: SIGINT, which programs clean up on; SIGTERM after half of the grace, for those
 * that ignore SIGINT, as a shell's background jobs do; SIGKILL after the whole grace.
 */
export class StopLadder {
  private readonly options: StopLadderOptions;
  private timers: readonly NodeJS.Timeout[] = [];
  readonly begin: () => void = () => this.climb();
  private readonly kill = (): void => this.send("SIGKILL");

  constructor(options: StopLadderOptions) {
    this.options = options;
    options.signal?.addEventListener("abort", this.begin, { once: true });
    options.killSignal?.addEventListener("abort", this.kill, { once: true });
    if (options.signal?.aborted) this.begin();
    if (options.killSignal?.aborted) this.kill();
  }

  /** Sends nothing more. */
  dispose(): void {
    this.timers.forEach(clearTimeout);
    this.options.signal?.removeEventListener("abort", this.begin);
    this.options.killSignal?.removeEventListener("abort", this.kill);
  }

  private climb(): void {
    if (this.timers.length > 0) return;
    this.send("SIGINT");
    const { graceMs } = this.options;
    this.timers = [setTimeout(() => this.send("SIGTERM"), graceMs / 2), setTimeout(this.kill, graceMs)];
  }

  private send(signal: NodeJS.Signals): void {
    void signalGroup(this.options.group, signal); // Never rejects; the process's exit event tells the rest.
  }
}
