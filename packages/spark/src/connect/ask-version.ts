import { ConnectSession } from "./connect-session.ts";

/** A server that had just started took up to 6 s for its first answer. */
const ANSWER_MS_MAX = 10_000;

/**
 * Returns the version of the Spark at an address, such as `4.3.0`. Throws the errors of `ConnectSession` if there is
 * none.
 */
export async function askVersion(remote: string): Promise<string> {
  const session = ConnectSession.at(remote);
  try {
    return await session.version(AbortSignal.timeout(ANSWER_MS_MAX));
  } finally {
    session.close();
  }
}
