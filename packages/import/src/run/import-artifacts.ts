import { forEachBounded, type ArtifactRepository, joinArtifactPath } from "@flightdeck/artifacts";
import type { ArtifactMove, ImportedKind, ImportProgress } from "@flightdeck/store";
import { listRepositoryFiles, type OriginFiles } from "../source/artifact-origins.ts";
import { type ImportContext, addCounts } from "./import-context.ts";

/** A run or model whose record has been imported. */
type ArtifactOwner = {
  readonly kind: ImportedKind;
  readonly progress: ImportProgress;
  /** Its artifacts in the source. */
  readonly artifactUri: string;
  /** The folder to copy them to, relative to the artifacts destination. */
  readonly folder: string;
  /** It was still open when it was read, so the next import reads it again. */
  readonly isOpen: boolean;
};

/** Owners whose files are copied at a time; most have only a handful. */
const CONCURRENCY = 4;

/** Copies the artifacts of a page of runs or models and saves the progress of each. */
export async function importArtifacts(
  context: ImportContext,
  kind: ImportedKind,
  owners: readonly ArtifactOwner[],
): Promise<void> {
  const moves: ArtifactMove[] = [];
  const progress: ImportProgress[] = [];
  const { signal } = context.options;
  await forEachBounded(owners, { concurrency: CONCURRENCY, signal }, async (owner) => {
    if (owner.progress.state === "complete") return countComplete(context, owner);
    const copied = await copyOwned(context, owner);
    if (copied.isMoved)
      moves.push({ id: owner.progress.id, artifactUri: `mlflow-artifacts:/${owner.folder}` });
    const state = copied.isWhole ? "complete" : "recorded";
    progress.push({ ...owner.progress, files: copied.files, state: owner.isOpen ? "partial" : state });
  });
  const { imports } = context.target;
  if (moves.length > 0) await imports.moveArtifacts(kind, moves);
  if (progress.length > 0) await imports.saveProgress(kind, progress);
}

type Copied = { readonly files: number; readonly isMoved: boolean; readonly isWhole: boolean };

async function copyOwned(context: ImportContext, owner: ArtifactOwner): Promise<Copied> {
  const origin = await context.source.artifacts.locate(owner.artifactUri);
  if (origin.kind === "elsewhere") {
    context.notes.addRepeated(`artifacts in ${origin.storage} are left in place`);
    return { files: 0, isMoved: false, isWhole: false };
  }
  if (origin.kind === "refused") {
    context.notes.add("artifacts not copied", origin.reason);
    addCounts(context.sourceCounts, { "artifact files": 1 });
    return { files: 0, isMoved: false, isWhole: false };
  }
  const { files, refused } = await origin.list();
  for (const reason of refused) context.notes.add("artifacts not copied", reason);
  const { signal } = context.options;
  const { artifacts } = context.target;
  await copyArtifacts({ from: origin.repository, files, to: artifacts, folder: owner.folder, signal });
  addCounts(context.sourceCounts, { "artifact files": files.length + refused.length });
  await countTarget(context, owner.folder, files.length);
  return { files: files.length, isMoved: true, isWhole: refused.length === 0 };
}

async function countComplete(context: ImportContext, { progress, folder }: ArtifactOwner): Promise<void> {
  addCounts(context.sourceCounts, { "artifact files": progress.files });
  await countTarget(context, folder, progress.files);
}

async function countTarget(context: ImportContext, folder: string, expected: number): Promise<void> {
  if (expected === 0) return;
  const { files } = await listRepositoryFiles(context.target.artifacts, folder);
  addCounts(context.targetCounts, { "artifact files": files.length });
}

type CopyArtifactsInput = {
  readonly from: ArtifactRepository;
  readonly files: OriginFiles["files"];
  readonly to: ArtifactRepository;
  /** The folder in `to` to copy into. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
};

/** Files copied at a time: enough to hide the latency of a disk or a server. */
const COPIES_MAX = 8;

/** Copies files. Skips a file that exists with the same size: writes are atomic, so it is complete. */
async function copyArtifacts({ from, files, to, folder, signal }: CopyArtifactsInput): Promise<void> {
  await forEachBounded(files, { concurrency: COPIES_MAX, signal }, async ({ path, sizeBytes }) => {
    const target = joinArtifactPath(folder, path);
    if ((await to.find(target))?.fileSizeBytes === sizeBytes) return;
    const { stream } = await from.read(path, undefined, signal);
    await to.write(target, stream, signal);
  });
}
