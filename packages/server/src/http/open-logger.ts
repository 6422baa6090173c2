import { isatty } from "node:tty";
import { destination, type DestinationStream, type Logger, pino } from "pino";

/** The minimum level of log entries. `debug` adds a line for each request; `silent` turns logging off. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** `json`: one line of JSON per entry. `pretty`: human-readable lines. `auto`: `pretty` on a terminal, else `json`. */
export type LogFormat = "json" | "pretty" | "auto";

const STDERR = 2;

/**
 * Opens a log on stderr in one format. It is written synchronously, so that the last lines before a crash are not lost.
 */
export async function openLogger(level: LogLevel, format: LogFormat): Promise<Logger> {
  return pino({ level }, isPretty(format) ? await prettyLines() : destination({ dest: STDERR, sync: true }));
}

/** Whether `format` resolves to human-readable lines. */
export function isPretty(format: LogFormat): boolean {
  return format === "pretty" || (format === "auto" && isatty(STDERR));
}

/** Loaded on demand. */
async function prettyLines(): Promise<DestinationStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({
    destination: STDERR,
    sync: true,
    colorize: isatty(STDERR) && !process.env["NO_COLOR"],
    ignore: "pid,hostname",
    singleLine: true,
    translateTime: "SYS:yyyy-mm-dd HH:MM:ss.l",
  });
}
