import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Where a run's or model's artifacts are. MLflow writes an absolute place down, and folders are moved and copied; so a
 * place that was inside of the folder is taken to be inside of it still.
 */
export function rebasedArtifacts(uri: string, root: string, path: string): string {
  const isLocal = /^file:/i.test(uri) || !/^[a-z][a-z0-9+.-]+:/i.test(uri);
  const place = `/${path.split("/").slice(-2).join("/")}/artifacts`;
  const isInside = decoded(uri).replaceAll("\\", "/").replace(/\/$/, "").endsWith(place);
  return isLocal && isInside ? pathToFileURL(join(root, path, "artifacts")).href : uri;
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
