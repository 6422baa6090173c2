import { runProcess } from "@flightdeck/compute";
import { AppError, cancelled } from "@flightdeck/core";
import type { BuildContext } from "./environment-manager.ts";

export type RunToolOptions = BuildContext & {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** What fails when the tool does. */
  readonly what: string;
};

/** A tool's complaint is the end of what it says: more hides it. */
const SHOWN_LINES_MAX = 4;

/**
 * Runs a tool of a build to its end. Throws `IO_ERROR` with the tool's own complaint in one line when it fails, `CANCELLED`
 * when the signal fires.
 */
export async function runTool(options: RunToolOptions): Promise<void> {
  const { argv, cwd, what, env, onLine, onOrphaned, signal } = options;
  const decoder = new TextDecoder();
  const exit = await runProcess({
    argv,
    cwd,
    env,
    onOrphaned,
    ...(signal !== undefined && { signal }),
    onOutput: ({ chunk }) => {
      const line = decoder
        .decode(chunk, { stream: true })
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1);
      if (line) onLine?.(line);
    },
  });
  if (signal?.aborted) throw cancelled(signal);
  if (exit.code === 0) return;
  throw new AppError("IO_ERROR", `${what}: ${complaintIn(exit.lastLines)}`);
}

/** From the first line that says error on, else the last lines, without frames and hints. */
function complaintIn(lines: readonly string[]): string {
  const plain = lines.map((line) => line.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]|[│╰─▶×]/gu, "").trim());
  const useful = plain.filter(
    (line) => line !== "" && !/^hint:|^npm (?:warn|notice)|^\[notice\]|^WARNING:/i.test(line),
  );
  const first = useful.findIndex((line) => /^(?:npm )?error\b/i.test(line));
  const shown = first < 0 ? useful.slice(-SHOWN_LINES_MAX) : useful.slice(first, first + SHOWN_LINES_MAX);
  const text = shown.map((line) => line.replace(/^(?:npm )?(?:error|cause)[: ]+/i, "")).join(": ");
  return text === "" ? "it failed without a word" : text;
}
