import { runProcess } from "@flightdeck/compute";
import { AppError, sleep } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

const FLIGHTDECK = join(import.meta.dirname, "../../packages/cli/bin/flightdeck.mjs");

/** A `flightdeck` command as a user types it. */
export function flightdeck(...args: readonly string[]): [string, ...string[]] {
  return [process.execPath, FLIGHTDECK, ...args];
}

/** A command that runs beside the job until it is stopped. */
export type Service = { readonly url: string; stop(): Promise<void> };

export type ServiceOptions = {
  readonly argv: readonly [string, ...string[]];
  readonly url: string;
  /** Path that answers 200 when the service is up. */
  readonly readyPath: string;
  /** What the service prints is kept here. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/** A model server on a slow disk loads its model in a few seconds. */
const READY_SECONDS_MAX = 60;
const POLL_MS = 50;

/** Starts a service and waits until it answers. Throws with its last lines when it ends instead. */
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
  ended.catch(() => undefined); // From here on its end is the wish of whoever calls `stop`.
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
