import { reportError } from "./errors/report-error.ts";
import { ignoreBrokenPipes } from "./output/ignore-broken-pipes.ts";
import { createProgram } from "./program.ts";

/**
 * Runs the `flightdeck` command and sets the process's exit code: 0 for success, 2 for wrong usage, 1 for any other
 * error, a run's own for `flightdeck run`. Never throws.
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
      isVerbose: program.opts<{ verbose?: boolean }>().verbose === true,
    });
  }
}
