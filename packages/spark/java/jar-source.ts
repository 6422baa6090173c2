import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** The committed jar. */
export const JAR_FILE: URL = new URL("../src/trials/flightdeck-trials.jar", import.meta.url);
/** The manifest entry with the digest of the sources it was built from. */
export const SOURCE_DIGEST = "Flightdeck-Source-Digest";

const FOLDER = new URL("src/dev/flightdeck/spark/", import.meta.url);

/** The Java sources of the jar. */
export function javaSources(): readonly URL[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".java"))
    .toSorted()
    .map((name) => new URL(name, FOLDER));
}

/** Digest of the Java sources. Truncated to 128 bits, because a manifest line has at most 72 bytes. */
export function sourceDigest(): string {
  const hash = createHash("sha256");
  for (const source of javaSources()) hash.update(readFileSync(source));
  return hash.digest("hex").slice(0, 32);
}
