import { AppError, isAppError, messageOf } from "@flightdeck/core";
import type { ObjectiveModule } from "@flightdeck/hyperopt";
import { readFile } from "node:fs/promises";
import { ConnectSession } from "../connect/connect-session.ts";
import { TrialMail } from "./trial-mail.ts";

/** What a search uploads to a server: once, and again if the server has lost it. */
export type SearchParts = {
  readonly remote: string;
  /** Names the search on the server, and its file on executors. */
  readonly search: string;
  readonly bundle: Uint8Array;
  readonly objective: Pick<ObjectiveModule<unknown>, "module" | "exportName">;
};

/** A search's session on a server, with its functions registered and its mailbox open. */
export type OpenSearch = {
  readonly session: ConnectSession;
  readonly mail: TrialMail;
  /** How many tasks the cluster can run at once. */
  readonly parallelism: number;
};

/** Throws the errors listed at `sparkTrials`. */
export async function openSearch(
  { remote, search, bundle }: SearchParts,
  signal?: AbortSignal,
): Promise<OpenSearch> {
  const session = ConnectSession.at(remote);
  try {
    await sendJar(session, signal);
    await session.addArtifact(`files/${search}`, bundle, signal);
    await session.registerFunction("run_trial", "dev.flightdeck.spark.RunTrial", signal);
    await session.registerFunction("trial_mail", "dev.flightdeck.spark.ReadMail", signal);
    const mail = new TrialMail(session, search);
    const parallelism = await openMail(mail, session.address.shown, signal);
    void mail.run();
    return { session, mail, parallelism };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Uploads the jar. Detects servers that speak Spark's protocol but are not Spark, such as Sail. */
async function sendJar(session: ConnectSession, signal: AbortSignal | undefined): Promise<void> {
  try {
    const jar = await readFile(new URL("./flightdeck-trials.jar", import.meta.url));
    await session.addArtifact("jars/flightdeck-trials.jar", jar, signal);
  } catch (error) {
    if (!isAppError(error, "NOT_IMPLEMENTED")) throw error;
    const { shown } = session.address;
    const version = await session.version(signal).catch(() => "unknown");
    const message = `the server at ${shown} (version ${version}) cannot run trials, because it accepts no jars: ${messageOf(error)}`;
    throw new AppError("NOT_IMPLEMENTED", message, { cause: error });
  }
}

/** How many tasks the cluster can run at once. */
async function openMail(mail: TrialMail, shown: string, signal: AbortSignal | undefined): Promise<number> {
  const answer = await mail.open(signal);
  const parallelism = Number(answer);
  if (Number.isSafeInteger(parallelism) && parallelism >= 1) return parallelism;
  const message = `the server at ${shown} cannot run trials: its driver cannot run Java functions (${answer})`;
  throw new AppError("NOT_IMPLEMENTED", message);
}

/** The server has restarted or dropped the session, so everything uploaded to it is lost. */
export function isSessionLost(error: unknown): boolean {
  if (!isAppError(error)) return false;
  const { sparkClass } = error.details ?? {};
  if (typeof sparkClass === "string" && sparkClass.startsWith("INVALID_HANDLE.SESSION")) return true;
  return error.code === "TEMPORARILY_UNAVAILABLE";
}
