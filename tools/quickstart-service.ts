import { runProcess } from "@flightdeck/compute";
import { AppError, sleep } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

const FLIGHTDECK = join(import.meta.dirname, "../packages/cli/bin/flightdeck.mjs");

/** The arguments of a `flightdeck` command as a user would type it. */
export function flightdeck(...args: readonly string[]): [string, ...string[]] {
  return [process.execPath, FLIGHTDECK, ...args];
}

/** A command that runs in the background until it is stopped. */
export type Service = { readonly url: string; stop(): Promise<void> };

export type ServiceOptions = {
  readonly argv: readonly [string, ...string[]];
  readonly url: string;
  /** A path that returns 200 when the service is ready. */
  readonly readyPath: string;
  /** The file for the service's output. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/** Even on a slow disk, a model server loads its model in a few seconds. */
const READY_SECONDS_MAX = 60;
const POLL_MS = 50;

/** Starts a service and waits until it responds. Throws with its last line of output if it exits instead. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const stopping = new AbortController();
  const log = createWriteStream(options.logFile, { flags: "a" });
  const running = runProcess({
    argv: options.argv,
    env: { ...process.env, ...options.env },
    signal: stopping.signal,
    onOutput: ({ chunk }) => void log.write(chunk),
  }).finally(() => log.end());
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  const polling = new AbortController();
  const ended = running.then(({ lastLines }) => {
    polling.abort();
    throw new AppError(
      "INTERNAL_ERROR",
      `${options.argv.slice(2).join(" ")} ended: ${lastLines.at(-1) ?? ""}`,
    );
  });
  try {
    const signal = AbortSignal.any([options.signal, polling.signal]);
    await Promise.race([ended, untilReady({ ...options, signal })]);
  } catch (error) {
    await stop();
    throw error;
  }
  ended.catch(() => undefined); // From here on, the service ends only when the caller stops it.
  return { url: options.url, stop };
}

async function untilReady({ url, readyPath, signal }: ServiceOptions): Promise<void> {
  const deadlineMs = performance.now() + READY_SECONDS_MAX * 1000;
  while (performance.now() < deadlineMs) {
    const answer = await fetch(`${url}${readyPath}`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(POLL_MS, signal);
  }
  throw new AppError("DEADLINE_EXCEEDED", `${url} did not answer within ${READY_SECONDS_MAX} s`);
}
