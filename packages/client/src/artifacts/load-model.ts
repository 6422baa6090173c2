import { parseArtifactUri, type TransferOptions } from "@flightdeck/artifacts";
import { loadModel as loadFolder, type Scorer } from "@flightdeck/models";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { downloadArtifacts } from "./download-artifacts.ts";

/** Loads the model that a URI names; one from a server is downloaded to a temporary folder and deleted after loading. */
export async function loadModel(
  client: MlflowClient,
  uri: string,
  options: TransferOptions = {},
): Promise<Scorer> {
  const parsed = parseArtifactUri(uri);
  if (parsed.kind === "file") return loadFolder(parsed.file);
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-model-"));
  try {
    return await loadFolder(await downloadArtifacts(client, uri, folder, options));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
