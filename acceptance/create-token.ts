import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY_ROOT, type TestServer } from "@flightdeck/testkit";

const FLIGHTDECK = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");

/** A token for a server that asks for them, made as its owner makes one. */
export async function createToken(
  { dataDir }: Pick<TestServer, "dataDir">,
  user: string,
  more: readonly string[] = [],
): Promise<string> {
  const args = [FLIGHTDECK, "tokens", "create", "--user", user, "--data-dir", dataDir, ...more];
  return (await promisify(execFile)(process.execPath, args)).stdout.trim();
}
