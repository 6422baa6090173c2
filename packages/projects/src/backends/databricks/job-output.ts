import type { JobControl } from "../project-backend.ts";

/** Enough to see a stack trace's end, little enough for an error message. */
const LAST_LINES_MAX = 20;
const LAST_CHARS_MAX = 20_000;

type Stream = "stdout" | "stderr";

/** What a job writes, handed on once and in its order, however often it is read from the beginning. */
export class JobOutput {
  private readonly onOutput: JobControl["onOutput"];
  private readonly handedOn: Record<Stream, number> = { stdout: 0, stderr: 0 };
  private readonly read: Record<Stream, number> = { stdout: 0, stderr: 0 };
  private delivery: Promise<void> = Promise.resolve();
  private tail = "";

  constructor(onOutput: JobControl["onOutput"]) {
    this.onOutput = onOutput;
  }

  /** From here on it is read anew. */
  restart(): void {
    this.read.stdout = 0;
    this.read.stderr = 0;
  }

  take(text: string, stream: Stream): void {
    const known = Math.max(0, this.handedOn[stream] - this.read[stream]);
    this.read[stream] += text.length;
    const fresh = text.slice(known);
    if (fresh === "") return;
    this.handedOn[stream] += fresh.length;
    this.tail = (this.tail + fresh).slice(-LAST_CHARS_MAX);
    this.delivery = this.delivery.then(() => this.onOutput?.({ stream, chunk: Buffer.from(fresh) }));
    this.delivery.catch(() => undefined); // `delivered` throws it on.
  }

  isEmpty(): boolean {
    return this.tail === "";
  }

  /** Resolves when all has been taken by whom it is for. */
  async delivered(): Promise<void> {
    await this.delivery;
  }

  /** The end of it, oldest first. */
  lastLines(): readonly string[] {
    const lines = this.tail.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(-LAST_LINES_MAX);
  }
}
