import {
  type ArtifactRepository,
  joinArtifactPath,
  openArtifactRepository,
  uploadFolder,
} from "@flightdeck/artifacts";
import { downloadArtifacts, type MlflowClient } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { fileInfoToWire } from "@flightdeck/protocol";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { note, printJson } from "../../output/print.ts";
import { printResult } from "../../output/print-result.ts";
import { printRecords } from "../../output/print-table.ts";
import { showTransfer } from "../../output/show-transfer.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withTracking } from "../../tracking/with-tracking.ts";
import type { JsonFlag } from "../json-option.ts";

type RunFlags = DataDirFlag & JsonFlag & { readonly runId: string; readonly artifactPath?: string };
export type ListFlags = RunFlags;
export type LogFileFlags = RunFlags & { readonly localFile: string };
export type LogFolderFlags = RunFlags & { readonly localDir: string };
export type DownloadFlags = Partial<RunFlags> & { readonly artifactUri?: string; readonly dstPath?: string };

export async function listArtifacts(flags: ListFlags): Promise<void> {
  const files = await withTracking(flags, async ({ client }) => {
    const repository = await repositoryOf(client, flags.runId);
    return await repository.list(flags.artifactPath ?? "");
  });
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Path", "Bytes"],
    rows: files.map((file) => [
      file.isDir ? `${file.path}/` : file.path,
      file.fileSizeBytes?.toString() ?? "",
    ]),
  });
  printRecords(flags.json === true || !process.stdout.isTTY, table, files.map(fileInfoToWire));
}

/** As in MLflow, a URI given beside a run wins, and a path keeps its folders below the destination. */
export async function downloadToFolder(flags: DownloadFlags): Promise<void> {
  const { artifactUri, runId, artifactPath = "", dstPath } = flags;
  const place = await withTracking(flags, async ({ client }) => {
    if (artifactUri !== undefined) return await download(client, artifactUri, dstPath);
    if (runId === undefined) throw usage("specify --artifact-uri or --run-id");
    const folder =
      dstPath === undefined ? undefined : await folderFor(client, { runId, artifactPath, dstPath });
    return await download(client, `runs:/${runId}/${artifactPath}`, folder);
  });
  printResult(flags.json, place, { path: place });
}

export async function logArtifact({ localFile, ...flags }: LogFileFlags): Promise<void> {
  const stats = await stat(localFile).catch(() => undefined);
  if (!stats?.isFile()) throw usage(`--local-file must be a file, got ${localFile}`);
  const path = joinArtifactPath(flags.artifactPath ?? "", basename(localFile));
  await withTracking(flags, async ({ client }) => {
    const repository = await repositoryOf(client, flags.runId);
    await repository.write(path, createReadStream(localFile));
  });
  if (flags.json) printJson({ run_id: flags.runId, path });
  else note(`logged ${localFile} as ${path}`);
}

export async function logArtifacts({ localDir: folder, ...flags }: LogFolderFlags): Promise<void> {
  const { files, bytes } = await withTracking(flags, async ({ client }) => {
    const repository = await repositoryOf(client, flags.runId);
    return await uploadFolder(
      { repository, folder, path: flags.artifactPath ?? "" },
      { onProgress: showTransfer },
    );
  });
  if (flags.json) printJson({ run_id: flags.runId, path: flags.artifactPath ?? "", files, bytes });
  else note(`logged ${files} files of ${folder} to ${flags.artifactPath ?? "the root"}`);
}

async function repositoryOf(client: MlflowClient, runId: string): Promise<ArtifactRepository> {
  const { artifactUri } = (await client.getRun(runId)).info;
  return openArtifactRepository(artifactUri, { trackingUri: client.baseUrl, fetch: client.serverFetch });
}

async function download(client: MlflowClient, uri: string, folder: string | undefined): Promise<string> {
  return await downloadArtifacts(client, uri, folder, { onProgress: showTransfer });
}

/** A folder goes below its own path; a file goes into the folder of its path. */
async function folderFor(
  client: MlflowClient,
  what: { readonly runId: string; readonly artifactPath: string; readonly dstPath: string },
): Promise<string> {
  const repository = await repositoryOf(client, what.runId);
  const info = what.artifactPath === "" ? undefined : await repository.find(what.artifactPath);
  const folder = info?.isDir === false ? join(what.artifactPath, "..") : what.artifactPath;
  return join(what.dstPath, folder);
}

function usage(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
