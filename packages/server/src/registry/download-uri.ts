import { encodeArtifactPath, parseArtifactUri } from "@flightdeck/artifacts";
import type { ModelVersionKey, Store } from "@flightdeck/store";

/** The URI that a version's files are downloaded from. A run that the version names as its source is looked up. */
export async function downloadUriOf({ registry, tracking }: Store, key: ModelVersionKey): Promise<string> {
  const stored = await registry.getModelVersionDownloadUri(key);
  const uri = parseArtifactUri(stored);
  if (uri.kind !== "runs") return stored;
  const { artifactUri } = (await tracking.getRun(uri.runId)).info;
  return uri.path === "" ? artifactUri : `${artifactUri}/${encodeArtifactPath(uri.path)}`;
}
