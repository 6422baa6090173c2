import { type ArtifactRepository, openArtifactRepository } from "@flightdeck/artifacts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { retryingFetch } from "../rest/retrying-fetch.ts";

/** Opens the artifact root of a run, a logged model or a model version, as this client may see it. */
export function openRepository(client: MlflowClient, artifactUri: string): ArtifactRepository {
  return openArtifactRepository(artifactUri, {
    trackingUri: client.baseUrl,
    fetch: retryingFetch(client.serverFetch),
  });
}
