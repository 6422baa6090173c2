import { fileURLToPath } from "node:url";
import { type Part, pythonWith } from "@flightdeck/testkit";

/** The stock clients to test with: the newest, and the last releases of MLflow 2 and 1. */
export const CLIENT_VERSIONS = ["3.17.2", "2.22.4", "1.30.1"] as const;
export type ClientVersion = (typeof CLIENT_VERSIONS)[number];

/** The release of the stock server: the newest. */
export const SERVER_VERSION = "3.17.2";

/** A Python interpreter with one stock client from PyPI. */
export function clientPython(version: ClientVersion): Promise<Part<string>> {
  return pythonWith(fileURLToPath(new URL(`../python/clients/mlflow-${version}.txt`, import.meta.url)));
}
