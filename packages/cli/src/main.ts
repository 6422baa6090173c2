import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/**
 * Runs the `flightdeck` command and sets the exit code of the process: 0 for success, 2 for wrong usage, 1 for any
 * other error; `flightdeck run` uses the run's own exit code. Never throws.
 *
 * @example
 * ```ts
 * await main(["node", "flightdeck", "--version"]);
 * ```
 */
export async function main(argv: readonly string[]): Promise<void> {
  ignoreBrokenPipes();
  const program = createProgram();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportError(error, {
      isVerbose: program.opts<{ verbose?: boolean | undefined }>().verbose === true,
    });
  }
}

/** `flightdeck … | head` closes our output early; that is not an error. */
function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
