import { runProcess } from "@flightdeck/compute";
import { AppError, cancelled } from "@flightdeck/core";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { BuildContext } from "../environment-plan.ts";

type RunToolOptions = BuildContext & {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The start of the error message if the tool fails. */
  readonly what: string;
};

/** A tool's error is in its last lines; showing more would hide it. */
const SHOWN_LINES_MAX = 4;

/**
 * Runs a build tool and waits for it to end. Throws `IO_ERROR` with the tool's error in one line if it fails, `CANCELLED` when
 * the signal fires.
 */
export async function runTool(options: RunToolOptions): Promise<void> {
  const { argv, cwd, what, env, onLine, onOrphaned, signal } = options;
  const decoder = new TextDecoder();
  const exit = await runProcess({
    argv,
    cwd,
    env,
    onOrphaned,
    signal,
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
  throw new AppError("IO_ERROR", `${what}: ${errorIn(exit.lastLines)}`);
}

/** The lines from the first that begins with "error", else the last lines; without box-drawing characters and hints. */
function errorIn(lines: readonly string[]): string {
  const plain = lines.map((line) => line.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]|[│╰─▶×]/gu, "").trim());
  const useful = plain.filter(
    (line) => line !== "" && !/^hint:|^npm (?:warn|notice)|^\[notice\]|^WARNING:/i.test(line),
  );
  const first = useful.findIndex((line) => /^(?:npm )?error\b/i.test(line));
  const shown = first < 0 ? useful.slice(-SHOWN_LINES_MAX) : useful.slice(first, first + SHOWN_LINES_MAX);
  const text = shown.map((line) => line.replace(/^(?:npm )?(?:error|cause)[: ]+/i, "")).join(": ");
  return text === "" ? "it printed no error" : text;
}

/** The path of a program on PATH; undefined when not found. */
export function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
