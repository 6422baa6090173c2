import { readFileSync } from "node:fs";

/** Returns this program's version from its package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string }; // Our own package.json.
  return version;
}
