import type { FileInfo, LoggedModel, RunInfo } from "@flightdeck/protocol";

/** The root of an artifact tree: a run's own files, or those of a logged model. */
export type ArtifactRoot = {
  readonly kind: "run" | "model";
  /** The run's or the model's id. */
  readonly id: string;
  readonly label: string;
  /** The root's URI for clients, without a trailing slash. */
  readonly uri: string;
};

/** A place in a tree. An empty path is the root itself. */
export type ArtifactPlace = { readonly root: ArtifactRoot; readonly path: string };

export function runArtifactRoot({ runId, artifactUri }: RunInfo): ArtifactRoot {
  return { kind: "run", id: runId, label: "Run artifacts", uri: trimSlash(artifactUri) };
}

export function modelArtifactRoot({ modelId, name, artifactUri }: LoggedModel): ArtifactRoot {
  return { kind: "model", id: modelId, label: name === "" ? modelId : name, uri: trimSlash(artifactUri) };
}

/** The Full Path: the URI by which clients reach a file or folder. */
export function fullPath({ root, path }: ArtifactPlace): string {
  return path === "" ? root.uri : `${root.uri}/${path}`;
}

/** Formats a place for the page's address: `path`, or `models:/ID/path` for a model next to a run's own files. */
export function formatPlace({ root, path }: ArtifactPlace): string {
  return root.kind === "run" ? path : `models:/${root.id}/${path}`;
}

/** Parses a place from an address. Defaults to the first root. */
export function parsePlace(text: string, roots: readonly [ArtifactRoot, ...ArtifactRoot[]]): ArtifactPlace {
  for (const root of roots) {
    if (root.kind !== "model") continue;
    const prefix = `models:/${root.id}/`;
    if (text.startsWith(prefix)) return { root, path: text.slice(prefix.length) };
  }
  return { root: roots[0], path: text.startsWith("models:/") ? "" : text };
}

/** The models to show in a folder: a run's models in the run's root. */
export function modelsIn(
  { root, path }: ArtifactPlace,
  models: readonly ArtifactRoot[],
): readonly ArtifactRoot[] {
  return root.kind === "run" && path === "" ? models : [];
}

/** Drops the folders where the server repeats the models that are already shown there. */
export function ownFiles(files: readonly FileInfo[], models: readonly ArtifactRoot[]): readonly FileInfo[] {
  const names = new Set(models.map(({ label }) => label));
  return files.filter(({ path, isDir }) => !isDir || !names.has(path));
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folders leading to a path, outermost first, including the path itself. */
export function pathAndParents(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function trimSlash(uri: string): string {
  return uri.replace(/(?<!\/)\/+$/, "");
}
