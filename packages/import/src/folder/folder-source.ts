import { AppError, messageOf } from "@flightdeck/core";
import { forEachBounded } from "@flightdeck/artifacts";
import type {
  ImportedExperiment,
  ImportedHistory,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
} from "@flightdeck/store";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ArtifactOrigins } from "../artifacts/artifact-origins.ts";
import { type ImportSource, RUNS_PER_PAGE } from "../source/import-source.ts";
import { malformed, parseRecord } from "../source/malformed.ts";
import { optionalText, stage, text, time } from "./fields.ts";
import { FolderReader } from "./folder-reader.ts";
import { readModel } from "./model-folder.ts";
import { readTexts } from "./read-texts.ts";
import { readRegisteredModel } from "./registry-folder.ts";
import { readHistory, readRun } from "./run-folder.ts";

const TRASH = ".trash";
/** What else lies in an experiment's folder (`FileStore.RESERVED_EXPERIMENT_FOLDERS`). */
const RESERVED: readonly string[] = ["tags", "datasets", "traces", "models"];
/** Runs read at a time: each is tens of small files. */
const CONCURRENCY = 8;

const EXPERIMENT = z.object({
  experiment_id: text,
  name: text,
  artifact_location: optionalText,
  lifecycle_stage: stage,
  creation_time: time,
  last_update_time: time,
});

export type FolderSourceOptions = {
  /** Real path of one more folder that artifacts may be read from, and that `mlflow-artifacts:` URIs stand for. */
  readonly artifacts?: string | undefined;
};

/** The folder, usually `mlruns`, that MLflow tracks into when it is given no server. */
export class FolderSource implements ImportSource {
  readonly identity: string;
  readonly artifacts: ArtifactOrigins;
  readonly #reader: FolderReader;
  /** Folders of experiments by id. */
  readonly #experiments: ReadonlyMap<string, string>;
  readonly #strangers: readonly string[];

  private constructor(reader: FolderReader, content: Content, { artifacts }: FolderSourceOptions) {
    this.identity = reader.root;
    this.artifacts = new ArtifactOrigins({
      folders: artifacts === undefined ? [reader.root] : [reader.root, artifacts],
      proxiedFolder: artifacts ?? join(dirname(reader.root), "mlartifacts"),
    });
    this.#reader = reader;
    this.#experiments = content.experiments;
    this.#strangers = content.strangers;
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
      yield {
        experimentId,
        name: meta.name,
        artifactLocation: meta.artifact_location,
        lifecycleStage: path.startsWith(`${TRASH}/`) ? "deleted" : meta.lifecycle_stage,
        creationTimeMs: meta.creation_time,
        lastUpdateTimeMs: meta.last_update_time,
        tags: await readTexts(this.#reader, `${path}/tags`),
      };
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

  async leftOut(): Promise<readonly string[]> {
    const sentences = this.#strangers.map(
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

type Content = { readonly experiments: ReadonlyMap<string, string>; readonly strangers: readonly string[] };

/** Deleted experiments lie in the trash; of two with one id, which MLflow never makes, the living one counts. */
async function readContent(reader: FolderReader): Promise<Content> {
  const experiments = new Map<string, string>();
  const strangers: string[] = [];
  const living = (await reader.folders("")).filter((name) => name !== "models" && name !== TRASH);
  const deleted = (await reader.folders(TRASH)).map((name) => `${TRASH}/${name}`);
  for (const path of [...living, ...deleted]) {
    const id = path.split("/").at(-1) ?? path;
    if (!(await reader.exists(`${path}/meta.yaml`))) strangers.push(path);
    else if (!experiments.has(id)) experiments.set(id, path);
  }
  return { experiments, strangers };
}

async function noExperiments(reader: FolderReader): Promise<AppError> {
  const hint = (await reader.exists("mlruns")) ? `; did you mean ${join(reader.root, "mlruns")}?` : "";
  const message = `${reader.root} is no folder of MLflow's: none of the folders in it has a meta.yaml${hint}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
