import { assert } from "@flightdeck/core";
import { readFileSync } from "node:fs";

/**
 * What `/version` answers. MLflow's clients read it as the version of MLflow that the server speaks, and from 3.4 on
 * send it spans by OTLP; this project's own version is the local part (PEP 440).
 */
export const SERVER_VERSION: string = `3.4.0+flightdeck.${ownVersion()}`;

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const version: unknown =
    typeof manifest === "object" && manifest !== null && Reflect.get(manifest, "version");
  assert(typeof version === "string", "package.json has a version");
  return version;
}
