import { downloadFolder, parseArtifactUri, type TransferOptions } from "@flightdeck/artifacts";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { stat } from "node:fs/promises";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { locateArtifact } from "./locate-artifact.ts";

/**
 * Downloads what a URI names and gives its place on this machine: a folder's content goes into `destination`, a single
 * file below it. Without a destination a temporary folder is made, which the caller deletes; what is on this machine
 * already is given as it is.
 */
export async function downloadArtifacts(
  client: MlflowClient,
  uri: string,
  destination?: string,
  options: TransferOptions = {},
): Promise<string> {
  const parsed = parseArtifactUri(uri);
  if (parsed.kind === "file" && destination === undefined && (await exists(parsed.file))) return parsed.file;
  const { signal } = options;
  const { repository, path } = await locateArtifact(client, uri, { signal });
  const target = destination ?? (await mkdtemp(join(tmpdir(), "flightdeck-artifacts-")));
  const { files } = await downloadFolder({ repository, path, destination: target }, options);
  const isFile = files === 1 && path !== "" && (await repository.find(path))?.isDir === false;
  return isFile ? join(target, basename(path)) : target;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
