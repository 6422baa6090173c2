import { downloadFolder, parseArtifactUri, type TransferOptions } from "@flightdeck/artifacts";
import { loadModel as loadModelFolder, type LoadModelOptions, type Model } from "@flightdeck/models";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { locateArtifact } from "./locate-artifact.ts";

/**
 * Downloads the artifacts at a URI and returns their local path. A folder's contents go into `destination`, a single
 * file below it. Without a destination it creates a temporary folder, which the caller deletes. A local path without a
 * destination is returned unchanged.
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
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Loads the model at a URI. A model on a server is downloaded to a temporary folder, which is deleted once the model no
 * longer needs it: after loading, or on `close`.
 */
export async function loadModel(
  client: MlflowClient,
  uri: string,
  options: TransferOptions & LoadModelOptions = {},
): Promise<Model> {
  const parsed = parseArtifactUri(uri);
  if (parsed.kind === "file") return await loadModelFolder(parsed.file, options);
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-model-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const model = await loadModelFolder(await downloadArtifacts(client, uri, folder, options), options);
    if (model.needsFolder) return closedWith(model, remove);
    await remove();
    return model;
  } catch (error) {
    await remove();
    throw error;
  }
}

function closedWith(model: Model, afterwards: () => Promise<void>): Model {
  const { mlModel, inputs, needsFolder } = model;
  return {
    mlModel,
    inputs,
    needsFolder,
    predict: (input, options) => model.predict(input, options),
    answer: (request) => model.answer(request),
    close: async () => {
      await model.close();
      await afterwards();
    },
  };
}
