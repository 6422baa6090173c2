import { fileURLToPath } from "node:url";
import { type Part, pythonWith } from "@flightdeck/testkit";

/** The stock clients that are tried: the newest, and the last of the two lines before it. */
export const CLIENT_VERSIONS = ["3.17.2", "2.22.4", "1.30.1"] as const;
export type ClientVersion = (typeof CLIENT_VERSIONS)[number];

/** The stock server is of the newest release. */
export const SERVER_VERSION = "3.17.2";

/** A Python interpreter with one stock client, from PyPI. */
export function clientPython(version: ClientVersion): Promise<Part<string>> {
  return pythonWith(fileURLToPath(new URL(`../python/clients/mlflow-${version}.txt`, import.meta.url)));
}
