import { isAppError } from "@flightdeck/core";
import type { JobControl } from "../project-backend.ts";
import type { JobWorkspace, LogStream } from "./job-workspace.ts";

/** Enough to see a stack trace's end, little enough for an error message. */
const LAST_LINES_MAX = 20;
const LAST_CHARS_MAX = 20_000;
/** Pieces that are read in a row: a job that writes faster is looked at between them. */
const PIECES_MAX = 100;
const STREAMS: readonly LogStream[] = ["stdout", "stderr"];

/** The output of a job, handed on as it comes where the workspace lets it be followed, else when the job has ended. */
export class JobLog {
  private readonly workspace: JobWorkspace;
  private readonly jobRunId: number;
  private readonly control: JobControl;
  private readonly offsets: Record<LogStream, number> = { stdout: 0, stderr: 0 };
  private canFollow = true;
  private tail = "";

  constructor(workspace: JobWorkspace, jobRunId: number, control: JobControl) {
    this.workspace = workspace;
    this.jobRunId = jobRunId;
    this.control = control;
  }

  /** Hands on what has come since the last time. Output that cannot be had now ends no job. */
  async pump({ hasEnded }: { readonly hasEnded: boolean }): Promise<void> {
    try {
      for (const stream of STREAMS) if (this.canFollow) await this.follow(stream);
      if (!this.canFollow && hasEnded)
        await this.handOn("stdout", await this.workspace.getOutput(this.jobRunId));
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }

  /** The end of it, oldest first. */
  lastLines(): readonly string[] {
    const lines = this.tail.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(-LAST_LINES_MAX);
  }

  private async follow(stream: LogStream): Promise<void> {
    for (let pieces = 0; pieces < PIECES_MAX; pieces++) {
      const piece = await this.workspace.findLog(this.jobRunId, stream, this.offsets[stream]);
      if (piece === undefined) {
        this.canFollow = false;
        return;
      }
      this.offsets[stream] = piece.nextOffset;
      if (piece.text === "") return;
      await this.handOn(stream, piece.text);
    }
  }

  private async handOn(stream: LogStream, text: string): Promise<void> {
    this.tail = (this.tail + text).slice(-LAST_CHARS_MAX);
    if (text !== "") await this.control.onOutput?.({ stream, chunk: Buffer.from(text) });
  }
}
