import type { Resource } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

/** The records of one user: one of each kind that a request can name. */
export type World = {
  readonly owner: string;
  /** The names of each kind of record; the first is the plain one. */
  readonly names: Readonly<Record<Resource["kind"], readonly [string, ...string[]]>>;
  /** Texts that no answer to another user may contain, unless the request contained them. */
  readonly marks: readonly string[];
  /** Everything that is stored for this user, as one text. */
  fingerprint(): Promise<string>;
};

export type WorldInput = { readonly store: Store; readonly folder: string; readonly owner: string };

/** Creates a user's experiments, runs, models, traces and files, which are granted to nobody else. */
export async function createWorld({ store, folder, owner }: WorldInput): Promise<World> {
  const secret = `secret of ${owner}`; // In all of the owner's records, and in no request.
  const experimentId = await store.tracking.createExperiment({
    name: `/Users/${owner}`,
    tags: [{ key: "t", value: secret }],
  });
  const root = { artifactRoot: "dbfs:/databricks/mlflow" };
  const inDbfsId = await store.tracking.createExperiment({ name: `/Users/${owner}/dbfs`, ...root });
  const { runId } = (
    await store.tracking.createRun({ experimentId, runName: secret, tags: [{ key: "t", value: secret }] })
  ).info;
  await store.tracking.logBatch({
    runId,
    params: [{ key: "p", value: secret }],
    metrics: [{ key: "m", value: 0.125, timestampMs: 1, step: 0 }],
  });
  const { modelId } = await store.tracking.createLoggedModel({
    experimentId,
    name: "m",
    params: [{ key: "p", value: secret }],
  });
  const traceId = `tr-${createHash("sha256").update(owner).digest("hex").slice(0, 32)}`;
  await store.traces.startTrace({
    traceId,
    experimentId,
    requestTimeMs: 1,
    state: "OK",
    requestPreview: secret,
    traceMetadata: [],
    tags: [{ key: "t", value: secret }],
    assessments: [],
  });
  const artifact = `${experimentId}/${runId}/artifacts/x`;
  const ofModel = `${experimentId}/models/${modelId}/artifacts/x`;
  const inDbfs = `databricks/mlflow/${inDbfsId}/x`;
  const files = [join("artifacts", artifact), join("artifacts", ofModel), join("dbfs", inDbfs)];
  for (const file of files) await writeAt(join(folder, file), secret);
  const models = [`${owner}-model`, `main.${owner}.model`] as const;
  for (const name of models) {
    await store.registry.createRegisteredModel({
      name,
      description: secret,
      tags: [{ key: "t", value: secret }],
    });
    await store.registry.createModelVersion({
      name,
      source: `models:/${modelId}`,
      modelId,
      runId,
      description: secret,
    });
    await store.registry.setRegisteredModelAlias({ name, version: "1" }, "a");
  }
  await grant(store, { owner, experimentIds: [experimentId, inDbfsId], models });
  return {
    owner,
    names: {
      experiment: [experimentId, inDbfsId],
      "experiment-name": [`/Users/${owner}`],
      run: [runId],
      "logged-model": [modelId],
      trace: [traceId],
      "registered-model": [...models],
      files: [
        `models:/${modelId}`,
        `runs:/${runId}/x`,
        `models:/${models[0]}/1`,
        `mlflow-artifacts:/${artifact}`,
        `dbfs:/${inDbfs}`,
        `http://localhost/api/2.0/mlflow-artifacts/artifacts/${artifact}`,
      ],
      "artifact-location": [`mlflow-artifacts:/${experimentId}`, `dbfs:/${dirname(inDbfs)}`],
      "artifact-path": [artifact, ofModel, experimentId],
      "dbfs-path": [`/${inDbfs}`, `dbfs:/${dirname(inDbfs)}`],
      "files-path": [
        `/WorkspaceInternal/Mlflow/Artifacts/${experimentId}/Runs/${runId}/artifacts/x`,
        `/WorkspaceInternal/Mlflow/Artifacts/${experimentId}/LoggedModels/${modelId}/artifacts/x`,
        `/Models/main/${owner}/model/1/x`,
        `/Models/${models[0]}/1/x`,
      ],
    },
    marks: [secret, runId, modelId, traceId, ...models, `/Users/${owner}`],
    fingerprint: () =>
      fingerprintOf({ store, folder, experimentIds: [experimentId, inDbfsId], models, traceId, files }),
  };
}

async function writeAt(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

type Owned = {
  readonly owner: string;
  readonly experimentIds: readonly string[];
  readonly models: readonly string[];
};

async function grant(store: Store, { owner, experimentIds, models }: Owned): Promise<void> {
  const grants = [{ grantee: { kind: "user", name: owner }, level: "CAN_MANAGE" }] as const;
  for (const experimentId of experimentIds) {
    await store.workspace.putGrants({ kind: "experiment", experimentId }, grants, "replace");
  }
  for (const name of models) {
    await store.workspace.putGrants({ kind: "registered-model", name }, grants, "replace");
  }
}

type Stored = {
  readonly store: Store;
  readonly folder: string;
  readonly experimentIds: readonly string[];
  readonly models: readonly string[];
  readonly traceId: string;
  readonly files: readonly string[];
};

async function fingerprintOf(stored: Stored): Promise<string> {
  const { store, experimentIds, models, traceId } = stored;
  const facts: unknown[] = [
    await store.tracking.searchRuns({ experimentIds, runViewType: "ALL" }),
    await store.tracking.searchLoggedModels({ experimentIds }),
    await store.traces.getTraceInfo(traceId),
    await store.tracking.searchDatasets(experimentIds),
    await filesOf(stored),
  ];
  for (const experimentId of experimentIds) {
    facts.push(await store.tracking.getExperiment(experimentId));
    facts.push(await store.workspace.listGrants({ kind: "experiment", experimentId }));
  }
  for (const name of models) {
    facts.push(await store.registry.getRegisteredModel(name));
    facts.push(await store.registry.getModelVersion({ name, version: "1" }));
    facts.push(await store.workspace.listGrants({ kind: "registered-model", name }));
  }
  return JSON.stringify(facts);
}

/** Every file in the world's folders, with its content. */
async function filesOf({ folder, experimentIds }: Stored): Promise<readonly string[]> {
  const roots = experimentIds.flatMap((id) => [join("artifacts", id), join("dbfs/databricks/mlflow", id)]);
  const found: string[] = [];
  for (const root of roots) {
    const entries = await readdir(join(folder, root), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = join(entry.parentPath, entry.name);
      found.push(`${file}: ${await readFile(file, "utf8")}`);
    }
  }
  return found.toSorted();
}
