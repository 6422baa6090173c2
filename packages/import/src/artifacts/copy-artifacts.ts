import { type ArtifactRepository, forEachBounded, joinArtifactPath } from "@flightdeck/artifacts";
import type { OriginFiles } from "./artifact-origins.ts";

export type CopyArtifactsInput = {
  readonly from: ArtifactRepository;
  readonly files: OriginFiles["files"];
  readonly to: ArtifactRepository;
  /** The folder of `to` that the root of `from` becomes. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
};

/** Files under way at a time: enough to hide the latency of a disk or a server. */
const CONCURRENCY = 8;

/** Copies files. One that is there with the same size stays: files appear whole or not at all, so it is the same. */
export async function copyArtifacts({ from, files, to, folder, signal }: CopyArtifactsInput): Promise<void> {
  await forEachBounded(files, { concurrency: CONCURRENCY, signal }, async ({ path, sizeBytes }) => {
    const target = joinArtifactPath(folder, path);
    if ((await to.find(target))?.fileSizeBytes === sizeBytes) return;
    const { stream } = await from.read(path, undefined, signal);
    await to.write(target, stream, signal);
  });
}
