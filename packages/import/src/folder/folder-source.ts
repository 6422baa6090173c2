import { AppError, messageOf } from "@flightdeck/core";
import { forEachBounded } from "@flightdeck/artifacts";
import type { Metric } from "@flightdeck/protocol";
import type {
  ImportedExperiment,
  ImportedHistory,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
  ImportedVersion,
} from "@flightdeck/store";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ArtifactOrigins } from "../source/artifact-origins.ts";
import { type ImportSource, RUNS_PER_PAGE } from "../source/import-source.ts";
import {
  experimentFromRecord,
  FILE_RECORDS,
  findVersionOfRecord,
  malformed,
  modelFromRecord,
  parseRecord,
  registeredModelFromRecord,
  text,
} from "../source/records.ts";
import { parsePoint } from "./file-formats.ts";
import { FolderReader, readTexts, rebasedArtifacts } from "./folder-reader.ts";
import { readHistory, readRun } from "./run-folder.ts";

const TRASH = ".trash";
/** Subfolders of an experiment that are not runs (`FileStore.RESERVED_EXPERIMENT_FOLDERS`). */
const RESERVED: readonly string[] = ["tags", "datasets", "traces", "models"];
/** Runs read at a time; each consists of tens of small files. */
const CONCURRENCY = 8;

/** An experiment's record with its `experiment_id`. */
const EXPERIMENT = z.intersection(FILE_RECORDS.experiment, z.object({ experiment_id: text }));

export type FolderSourceOptions = {
  /** The real path of another folder that artifacts may be read from, and that `mlflow-artifacts:` URIs refer to. */
  readonly artifacts?: string | undefined;
};

/** The folder, usually `mlruns`, that MLflow logs to without a server. */
export class FolderSource implements ImportSource {
  readonly identity: string;
  readonly artifacts: ArtifactOrigins;
  readonly #reader: FolderReader;
  /** Experiment folders by id. */
  readonly #experiments: ReadonlyMap<string, string>;
  readonly #unknownFolders: readonly string[];

  private constructor(reader: FolderReader, content: Content, { artifacts }: FolderSourceOptions) {
    this.identity = reader.root;
    this.artifacts = new ArtifactOrigins({
      folders: artifacts === undefined ? [reader.root] : [reader.root, artifacts],
      proxiedFolder: artifacts ?? join(dirname(reader.root), "mlartifacts"),
    });
    this.#reader = reader;
    this.#experiments = content.experiments;
    this.#unknownFolders = content.unknownFolders;
  }

  static async open(folder: string, options: FolderSourceOptions = {}): Promise<FolderSource> {
    const root = await realpath(folder).catch((error: unknown) => {
      throw new AppError("RESOURCE_DOES_NOT_EXIST", `cannot open ${folder}: ${messageOf(error)}`, {
        cause: error,
      });
    });
    const reader = new FolderReader(root);
    const content = await readContent(reader);
    if (content.experiments.size === 0) throw await noExperiments(reader);
    return new FolderSource(reader, content, options);
  }

  async *experiments(): AsyncGenerator<ImportedExperiment, void, undefined> {
    for (const [experimentId, path] of this.#experiments) {
      const where = `${path}/meta.yaml`;
      const meta = parseRecord(EXPERIMENT, await this.#reader.record(where), where);
      if (meta.experiment_id !== experimentId) {
        throw malformed(where, `its experiment_id is ${JSON.stringify(meta.experiment_id)}`);
      }
      yield experimentFromRecord(meta, {
        experimentId,
        lifecycleStage: path.startsWith(`${TRASH}/`) ? "deleted" : meta.lifecycle_stage,
        tags: await readTexts(this.#reader, `${path}/tags`),
      });
    }
  }

  async *runs(experimentId: string): AsyncGenerator<readonly ImportedRun[], void, undefined> {
    const experimentFolder = this.#folderOf(experimentId);
    const names = await this.#foldersWithMeta(experimentFolder);
    for (let at = 0; at < names.length; at += RUNS_PER_PAGE) {
      const page = names.slice(at, at + RUNS_PER_PAGE);
      const runs = new Map<string, ImportedRun>();
      await forEachBounded(page, { concurrency: CONCURRENCY }, async (name) => {
        const place = { reader: this.#reader, experimentFolder, path: `${experimentFolder}/${name}` };
        runs.set(name, await readRun(place, experimentId));
      });
      yield page.map((name) => runs.get(name)).filter((run) => run !== undefined);
    }
  }

  async *histories(
    runs: readonly ImportedRun[],
  ): AsyncGenerator<readonly ImportedHistory[], void, undefined> {
    for (const { info } of runs) {
      const path = `${this.#folderOf(info.experimentId)}/${info.runId}`;
      for await (const history of readHistory({ reader: this.#reader, path }, info.runId)) yield [history];
    }
  }

  async *models(experimentId: string): AsyncGenerator<readonly ImportedModel[], void, undefined> {
    const folder = `${this.#folderOf(experimentId)}/models`;
    for (const name of await this.#foldersWithMeta(folder)) {
      yield [await readModel(this.#reader, `${folder}/${name}`, experimentId)];
    }
  }

  async *registeredModels(): AsyncGenerator<ImportedRegisteredModel, void, undefined> {
    for (const name of await this.#foldersWithMeta("models")) {
      yield await readRegisteredModel(this.#reader, `models/${name}`);
    }
  }

  async skipped(): Promise<readonly string[]> {
    const sentences = this.#unknownFolders.map(
      (name) => `the folder ${name} has no meta.yaml, so it is not imported`,
    );
    let traces = 0;
    for (const path of this.#experiments.values()) {
      traces += (await this.#reader.folders(`${path}/traces`)).length;
    }
    return traces === 0 ? sentences : [...sentences, `${traces} traces are not imported`];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #folderOf(experimentId: string): string {
    const folder = this.#experiments.get(experimentId);
    if (folder !== undefined) return folder;
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `No Experiment with id=${experimentId} exists`);
  }

  async #foldersWithMeta(path: string): Promise<readonly string[]> {
    const names = (await this.#reader.folders(path)).filter((name) => !RESERVED.includes(name));
    const found = await Promise.all(names.map((name) => this.#reader.exists(`${path}/${name}/meta.yaml`)));
    return names.filter((_, index) => found[index]);
  }
}

type Content = {
  readonly experiments: ReadonlyMap<string, string>;
  readonly unknownFolders: readonly string[];
};

/** Deleted experiments are in the trash folder. If two have the same id, which MLflow never creates, the active one wins. */
async function readContent(reader: FolderReader): Promise<Content> {
  const experiments = new Map<string, string>();
  const unknownFolders: string[] = [];
  const active = (await reader.folders("")).filter((name) => name !== "models" && name !== TRASH);
  const deleted = (await reader.folders(TRASH)).map((name) => `${TRASH}/${name}`);
  for (const path of [...active, ...deleted]) {
    const id = path.split("/").at(-1) ?? path;
    if (!(await reader.exists(`${path}/meta.yaml`))) unknownFolders.push(path);
    else if (!experiments.has(id)) experiments.set(id, path);
  }
  return { experiments, unknownFolders };
}

async function noExperiments(reader: FolderReader): Promise<AppError> {
  const hint = (await reader.exists("mlruns")) ? `; did you mean ${join(reader.root, "mlruns")}?` : "";
  const message = `${reader.root} is not an MLflow folder: none of its subfolders has a meta.yaml${hint}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Reads a logged model: `root/<experiment>/models/<model id>`. */
async function readModel(reader: FolderReader, path: string, experimentId: string): Promise<ImportedModel> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(FILE_RECORDS.model, await reader.record(where), where);
  if (meta.model_id !== path.split("/").at(-1)) throw malformed(where, `its model_id is ${meta.model_id}`);
  return modelFromRecord(meta, {
    experimentId,
    artifactUri: rebasedArtifacts(meta.artifact_location, reader.root, path),
    params: await readTexts(reader, `${path}/params`),
    tags: await readTexts(reader, `${path}/tags`),
    metrics: await readModelMetrics(reader, path, meta.model_id),
  });
}

async function readModelMetrics(
  reader: FolderReader,
  path: string,
  modelId: string,
): Promise<readonly (Metric & { readonly runId: string })[]> {
  const metrics: (Metric & { readonly runId: string })[] = [];
  for (const key of await reader.filesBelow(`${path}/metrics`)) {
    const file = `${path}/metrics/${key}`;
    for await (const line of reader.lines(file)) {
      const { rest, ...point } = parsePoint(line, file);
      const [runId, datasetName, datasetDigest] = rest;
      if (runId === undefined) throw malformed(file, "a line has no run id");
      metrics.push({
        key,
        ...point,
        modelId,
        runId,
        datasetName,
        datasetDigest,
      });
    }
  }
  return metrics;
}

/** Reads a registered model with its versions: `root/models/<name>`. */
async function readRegisteredModel(reader: FolderReader, path: string): Promise<ImportedRegisteredModel> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(FILE_RECORDS.registeredModel, await reader.record(where), where);
  const folders = (await reader.folders(path)).filter((name) => /^version-\d+$/.test(name));
  const versions: ImportedVersion[] = [];
  for (const folder of folders) {
    const version = await findVersion(reader, `${path}/${folder}`, meta.name);
    if (version !== undefined) versions.push(version);
  }
  return registeredModelFromRecord(meta, {
    lastVersion: Math.max(0, ...folders.map((folder) => Number(folder.slice("version-".length)))),
    tags: await readTexts(reader, `${path}/tags`),
    aliases: (await readTexts(reader, `${path}/aliases`)).map(({ key, value }) => ({
      alias: key,
      version: value.trim(),
    })),
    versions: versions.toSorted((a, b) => Number(a.version) - Number(b.version)),
  });
}

/** Undefined for a deleted version. */
async function findVersion(
  reader: FolderReader,
  path: string,
  name: string,
): Promise<ImportedVersion | undefined> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(FILE_RECORDS.version, await reader.record(where), where);
  return findVersionOfRecord(meta, { name, tags: await readTexts(reader, `${path}/tags`) });
}
