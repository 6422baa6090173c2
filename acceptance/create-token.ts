import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestServer } from "@flightdeck/testkit";
import { FLIGHTDECK } from "./serving-command.ts";

/** Creates a token with the command line, as a server's owner does. */
export async function createToken(
  { dataDir }: Pick<TestServer, "dataDir">,
  user: string,
  more: readonly string[] = [],
): Promise<string> {
  const args = [FLIGHTDECK, "tokens", "create", "--user", user, "--data-dir", dataDir, ...more];
  return (await promisify(execFile)(process.execPath, args)).stdout.trim();
}
