import type { FileInfo, LoggedModel, RunInfo } from "@flightdeck/protocol";

/** Where a tree of artifacts hangs: a run's own files, or those of a logged model. */
export type ArtifactRoot = {
  readonly kind: "run" | "model";
  /** The run's or the model's. */
  readonly id: string;
  readonly label: string;
  /** What clients know the root by, without a slash at the end. */
  readonly uri: string;
};

/** One place in a tree; an empty path is the root itself. */
export type ArtifactPlace = { readonly root: ArtifactRoot; readonly path: string };

export function runArtifactRoot({ runId, artifactUri }: RunInfo): ArtifactRoot {
  return { kind: "run", id: runId, label: "Run artifacts", uri: trimSlash(artifactUri) };
}

export function modelArtifactRoot({ modelId, name, artifactUri }: LoggedModel): ArtifactRoot {
  return { kind: "model", id: modelId, label: name === "" ? modelId : name, uri: trimSlash(artifactUri) };
}

/** The Full Path: the URI by which clients reach a folder or file of a tree. */
export function fullPath({ root, path }: ArtifactPlace): string {
  return path === "" ? root.uri : `${root.uri}/${path}`;
}

/** A place as the page's address holds it: `path`, or `models:/ID/path` for a model beside a run's own files. */
export function formatPlace({ root, path }: ArtifactPlace): string {
  return root.kind === "run" ? path : `models:/${root.id}/${path}`;
}

/** The place that an address names; the first root where it names none of them. */
export function parsePlace(text: string, roots: readonly [ArtifactRoot, ...ArtifactRoot[]]): ArtifactPlace {
  for (const root of roots) {
    if (root.kind !== "model") continue;
    const prefix = `models:/${root.id}/`;
    if (text.startsWith(prefix)) return { root, path: text.slice(prefix.length) };
  }
  return { root: roots[0], path: text.startsWith("models:/") ? "" : text };
}

/** The models that are shown in a folder: those of a run, in the run's own root. */
export function modelsIn(
  { root, path }: ArtifactPlace,
  models: readonly ArtifactRoot[],
): readonly ArtifactRoot[] {
  return root.kind === "run" && path === "" ? models : [];
}

/** A folder's files without the folders under which the server repeats the models that are shown there. */
export function ownFiles(files: readonly FileInfo[], models: readonly ArtifactRoot[]): readonly FileInfo[] {
  const names = new Set(models.map(({ label }) => label));
  return files.filter(({ path, isDir }) => !isDir || !names.has(path));
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folders on the way to a path, outermost first, the path itself included. */
export function pathAndParents(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function trimSlash(uri: string): string {
  return uri.replace(/(?<!\/)\/+$/, "");
}
