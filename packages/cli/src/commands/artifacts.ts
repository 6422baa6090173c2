import {
  type ArtifactRepository,
  joinArtifactPath,
  openArtifactRepository,
  uploadFolder,
} from "@flightdeck/artifacts";
import { downloadArtifacts, type MlflowClient } from "@flightdeck/client";
import { invalid } from "@flightdeck/core";
import { fileInfoToWire } from "@flightdeck/protocol";
import type { Command } from "commander";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { note, printJson, printRecords, printResult } from "../output/print.ts";
import { showTransfer } from "../output/progress.ts";
import { DATA_DIR_OPTION, type DataDirFlag } from "../data-dir.ts";
import { withTracking } from "../tracking.ts";
import { JSON_OPTION, type JsonFlag } from "./options.ts";

const RUN_ID: readonly [string, string] = ["-r, --run-id <TEXT>", "Id of the run."];

const PATH_OPTION = "-a, --artifact-path <TEXT>";

type RunFlags = DataDirFlag &
  JsonFlag & { readonly runId: string; readonly artifactPath?: string | undefined };

type ListFlags = RunFlags;

type LogFileFlags = RunFlags & { readonly localFile: string };

type LogFolderFlags = RunFlags & { readonly localDir: string };

type DownloadFlags = Partial<RunFlags> & {
  readonly artifactUri?: string | undefined;
  readonly dstPath?: string | undefined;
};

/** `flightdeck artifacts …`, as in MLflow. */
export function defineArtifacts(artifacts: Command): void {
  artifacts
    .command("list")
    .description("List a run's artifacts as a table on a terminal, otherwise as JSON.")
    .requiredOption(...RUN_ID)
    .option(PATH_OPTION, "Folder to list (default: the root).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(listArtifacts);
  artifacts
    .command("download")
    .description("Download artifacts and print their local path.")
    .option(...RUN_ID)
    .option(PATH_OPTION, "With --run-id: path of the artifact to download (default: all artifacts).")
    .option("-u, --artifact-uri <TEXT>", "URI of the artifact to download.")
    .option("-d, --dst-path <TEXT>", "Folder to download to (default: a new temporary one).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(downloadToFolder);
  artifacts
    .command("log-artifact")
    .description("Log a file as an artifact of a run.")
    .requiredOption("-l, --local-file <TEXT>", "The file.")
    .requiredOption(...RUN_ID)
    .option(PATH_OPTION, "Folder to put it in (default: the root).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(logArtifact);
  artifacts
    .command("log-artifacts")
    .description("Log all files of a folder as artifacts of a run.")
    .requiredOption("-l, --local-dir <TEXT>", "The folder.")
    .requiredOption(...RUN_ID)
    .option(PATH_OPTION, "Folder to put them in (default: the root).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(logArtifacts);
}

async function listArtifacts(flags: ListFlags): Promise<void> {
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

/** As in MLflow, a URI takes precedence over a run id, and a path keeps its folders below the destination. */
async function downloadToFolder(flags: DownloadFlags): Promise<void> {
  const { artifactUri, runId, artifactPath = "", dstPath } = flags;
  const place = await withTracking(flags, async ({ client }) => {
    if (artifactUri !== undefined) return await download(client, artifactUri, dstPath);
    if (runId === undefined) throw invalid("specify --artifact-uri or --run-id");
    const folder =
      dstPath === undefined ? undefined : await folderFor(client, { runId, artifactPath, dstPath });
    return await download(client, `runs:/${runId}/${artifactPath}`, folder);
  });
  printResult(flags.json, place, { path: place });
}

async function logArtifact({ localFile, ...flags }: LogFileFlags): Promise<void> {
  const stats = await stat(localFile).catch(() => undefined);
  if (!stats?.isFile()) throw invalid(`--local-file must be a file, got ${localFile}`);
  const path = joinArtifactPath(flags.artifactPath ?? "", basename(localFile));
  await withTracking(flags, async ({ client }) => {
    const repository = await repositoryOf(client, flags.runId);
    await repository.write(path, createReadStream(localFile));
  });
  if (flags.json) printJson({ run_id: flags.runId, path });
  else note(`logged ${localFile} as ${path}`);
}

async function logArtifacts({ localDir: folder, ...flags }: LogFolderFlags): Promise<void> {
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

/** Returns the local folder for an artifact: its own path for a folder, the path of its parent for a file. */
async function folderFor(
  client: MlflowClient,
  what: { readonly runId: string; readonly artifactPath: string; readonly dstPath: string },
): Promise<string> {
  const repository = await repositoryOf(client, what.runId);
  const info = what.artifactPath === "" ? undefined : await repository.find(what.artifactPath);
  const folder = info?.isDir === false ? join(what.artifactPath, "..") : what.artifactPath;
  return join(what.dstPath, folder);
}
