import {
  type ArtifactRepository,
  type ByteRange,
  checkArtifactPath,
  joinArtifactPath,
  type OpenedArtifact,
  parseArtifactUri,
} from "@flightdeck/artifacts";
import { isAppError } from "@flightdeck/core";
import type { FileInfo, LoggedModel } from "@flightdeck/protocol";
import type { TrackingStore } from "@flightdeck/store";
import type { Readable } from "node:stream";

/** Logged models that the artifact folder of one run shows. Runs usually log a handful. */
const RUN_MODELS_MAX = 1000;

/** `<experiment>/<run id>/artifacts/<name>/<rest>`, with anything before the run. */
const RUN_PATH = /^((?:.*\/)?([0-9a-f]{32})\/artifacts)(?:\/([^/]+)(?:\/(.*))?)?$/s;

export type RunModelsViewOptions = {
  readonly base: ArtifactRepository;
  readonly tracking: TrackingStore;
  readonly scheme: "mlflow-artifacts" | "dbfs";
};

/**
 * A root of artifacts that also shows each run's logged models. Since MLflow 3 the files of a model are stored with the
 * model, but people and older URIs look for them at `<run>/artifacts/<model name>`. Files that are really there take
 * precedence. Only reads are redirected; writes and deletes go to the path that they name.
 */
export class RunModelsView implements ArtifactRepository {
  readonly rootUri: string;
  readonly #base: ArtifactRepository;
  readonly #tracking: TrackingStore;
  readonly #scheme: "mlflow-artifacts" | "dbfs";

  /** `scheme` is the scheme of URIs that point into `base`. */
  constructor({ base, tracking, scheme }: RunModelsViewOptions) {
    this.rootUri = base.rootUri;
    this.#base = base;
    this.#tracking = tracking;
    this.#scheme = scheme;
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    const checked = checkArtifactPath(path);
    const own = await this.#base.list(checked);
    const place = parseRunPath(checked);
    if (place === undefined) return own;
    if (place.name === undefined) return withFolders(own, checked, await this.#modelsOf(place));
    if (own.length > 0) return own;
    const alias = await this.#findAlias(checked);
    if (alias === undefined) return own;
    const shown = (info: FileInfo): FileInfo => ({ ...info, path: checked + info.path.slice(alias.length) });
    return (await this.#base.list(alias)).map(shown);
  }

  async find(path: string): Promise<FileInfo | undefined> {
    const checked = checkArtifactPath(path);
    const own = await this.#base.find(checked);
    if (own !== undefined) return own;
    const place = parseRunPath(checked);
    if (place !== undefined && place.name === undefined) {
      return (await this.#modelsOf(place)).length > 0 ? { path: checked, isDir: true } : undefined;
    }
    const alias = await this.#findAlias(checked);
    const info = alias === undefined ? undefined : await this.#base.find(alias);
    return info === undefined ? undefined : { ...info, path: checked };
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    try {
      return await this.#base.read(path, range, signal);
    } catch (error) {
      if (!isAppError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
      const alias = await this.#findAlias(checkArtifactPath(path));
      if (alias === undefined) throw error;
      return await this.#base.read(alias, range, signal);
    }
  }

  write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    return this.#base.write(path, content, signal);
  }

  delete(path: string): Promise<void> {
    return this.#base.delete(path);
  }

  /** The real path of a logged model's file that a path below its run stands for. */
  async #findAlias(path: string): Promise<string | undefined> {
    const place = parseRunPath(path);
    if (place?.name === undefined) return undefined;
    const model = (await this.#modelsOf(place)).findLast(({ name }) => name === place.name);
    const root = model === undefined ? undefined : this.#pathOf(model.artifactUri);
    return root === undefined ? undefined : joinArtifactPath(root, place.rest);
  }

  /** The run's logged models, oldest first, since outputs have no order. None when the path only looks like a run's. */
  async #modelsOf({ runId, root }: RunPlace): Promise<readonly LoggedModel[]> {
    const run = await absentAsUndefined(this.#tracking.getRun(runId));
    if (run === undefined || this.#pathOf(run.info.artifactUri) !== root) return [];
    const outputs = run.outputs.modelOutputs.slice(-RUN_MODELS_MAX);
    const models = await Promise.all(
      outputs.map(({ modelId }) => absentAsUndefined(this.#tracking.getLoggedModel(modelId))),
    );
    const found = models.filter((model) => model !== undefined);
    return found.toSorted((a, b) => a.creationTimeMs - b.creationTimeMs);
  }

  /** The path in `base` that a URI points to; undefined for other places. */
  #pathOf(uri: string): string | undefined {
    const parsed = parseArtifactUri(uri);
    if (parsed.kind !== this.#scheme) return undefined;
    if (parsed.kind === "dbfs") return parsed.path.slice(1);
    return parsed.kind === "mlflow-artifacts" ? parsed.path : undefined;
  }
}

type RunPlace = {
  /** The artifact root of the run. */
  readonly root: string;
  readonly runId: string;
  /** The first segment below it; undefined at the root itself. */
  readonly name: string | undefined;
  readonly rest: string;
};

function parseRunPath(path: string): RunPlace | undefined {
  const [, root, runId, name, rest = ""] = RUN_PATH.exec(path) ?? [];
  return root === undefined || runId === undefined ? undefined : { root, runId, name, rest };
}

function withFolders(
  own: readonly FileInfo[],
  root: string,
  models: readonly LoggedModel[],
): readonly FileInfo[] {
  const infos = new Map(own.map((info) => [info.path, info]));
  for (const { name } of models) {
    const path = `${root}/${name}`;
    if (name !== "" && !infos.has(path)) infos.set(path, { path, isDir: true });
  }
  return [...infos.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function absentAsUndefined<T>(getting: Promise<T>): Promise<T | undefined> {
  return await getting.catch((error: unknown) => {
    if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
    throw error;
  });
}
