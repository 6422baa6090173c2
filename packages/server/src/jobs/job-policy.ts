import { AppError } from "@flightdeck/core";
import { isLoopback } from "../http/host-policy.ts";
import type { ServerOptions } from "../server-options.ts";

/**
 * Whether jobs may be submitted and run. A job runs any command as the server's own user: where everybody who reaches the
 * server may do everything, and others than this machine's users reach it, that must be said on purpose.
 */
export function mayRunJobs({ host, auth, jobs }: Pick<ServerOptions, "host" | "auth" | "jobs">): boolean {
  return jobs?.allow === true || auth === "token" || isLoopback(host.toLowerCase());
}

/** Throws `PERMISSION_DENIED`, with what to do. */
export function checkMayRunJobs(isAllowed: boolean): void {
  if (isAllowed) return;
  const message =
    "jobs are refused here: they run any command, and everybody who reaches this server could submit one; " +
    "whoever operates it asks for tokens by --auth token, or says --allow-jobs";
  throw new AppError("PERMISSION_DENIED", message);
}
