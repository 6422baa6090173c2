import { AppError } from "@flightdeck/core";
import { isPrompt, modelVersionToWire, registeredModelToWire } from "@flightdeck/protocol";
import type { Handlers } from "../calls/handler.ts";
import type { SignedStorage } from "../storage/multipart-uploads.ts";
import { artifactPage, downloadUriOf } from "../storage/served-artifacts.ts";
import { artifactUrl, urlMaker } from "../storage/signed-urls.ts";
import { checkedLineage } from "./model-version-source.ts";

type ModelVersionHandlers = Pick<
  Handlers,
  | "createModelVersion"
  | "getModelVersion"
  | "updateModelVersion"
  | "transitionModelVersionStage"
  | "deleteModelVersion"
  | "searchModelVersions"
  | "getModelVersionDownloadUri"
  | "setModelVersionTag"
  | "deleteModelVersionTag"
>;

export const modelVersionHandlers: ModelVersionHandlers = {
  createModelVersion: async (request, { store, principal }) => {
    const requested = {
      source: request.source,
      runId: request.run_id,
      modelId: request.model_id,
    };
    if (isPrompt(request.tags)) checkPromptSource(request.source);
    const { source, runId, modelId } = isPrompt(request.tags)
      ? requested
      : await checkedLineage(store, requested);
    const version = await store.registry.createModelVersion({
      name: request.name,
      source,
      description: request.description,
      userId: principal.name,
      tags: request.tags,
      runId,
      modelId,
      runLink: request.run_link,
    });
    return { model_version: modelVersionToWire(version) };
  },
  getModelVersion: async ({ name, version }, { store }) => {
    return { model_version: modelVersionToWire(await store.registry.getModelVersion({ name, version })) };
  },
  updateModelVersion: async ({ name, version, description }, { store }) => {
    const key = { name, version };
    const updated =
      description === undefined
        ? await store.registry.getModelVersion(key)
        : await store.registry.updateModelVersion(key, description);
    return { model_version: modelVersionToWire(updated) };
  },
  transitionModelVersionStage: async (request, { store }) => {
    const { name, version, stage, archive_existing_versions: archiveExistingVersions } = request;
    const options = { archiveExistingVersions };
    const moved = await store.registry.transitionModelVersionStage({ name, version }, stage, options);
    return { model_version: modelVersionToWire(moved) };
  },
  deleteModelVersion: async ({ name, version }, { store }) => {
    await store.registry.deleteModelVersion({ name, version });
    return {};
  },
  searchModelVersions: async (request, { store }) => {
    const page = await store.registry.searchModelVersions({
      orderBy: request.order_by,
      filter: request.filter,
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return { model_versions: page.items.map(modelVersionToWire), next_page_token: page.nextPageToken };
  },
  getModelVersionDownloadUri: async ({ name, version }, { store }) => {
    return { artifact_uri: await downloadUriOf(store, { name, version }) };
  },
  setModelVersionTag: async ({ name, version, key, value }, { store }) => {
    await store.registry.setModelVersionTag({ name, version }, { key, value });
    return {};
  },
  deleteModelVersionTag: async ({ name, version, key }, { store }) => {
    await store.registry.deleteModelVersionTag({ name, version }, key);
    return {};
  },
};

type DatabricksRegistryHandlers = Pick<
  Handlers,
  | "listModelVersionArtifacts"
  | "getSignedDownloadUri"
  | "getDatabricksRegisteredModel"
  | "transitionDatabricksModelVersionStage"
>;

/** The registry calls of a Databricks workspace that differ from MLflow's. */
export function databricksRegistryHandlers({
  artifacts,
  signer,
}: Omit<SignedStorage, "multipart">): DatabricksRegistryHandlers {
  return {
    listModelVersionArtifacts: async ({ name, version, path = "", page_token: pageToken }, { store }) => {
      const rootUri = await downloadUriOf(store, { name, version });
      return { root_uri: rootUri, ...artifactPage(await artifacts.list(rootUri, path), pageToken) };
    },
    getSignedDownloadUri: async ({ name, version, path }, context) => {
      const place = artifacts.name(await downloadUriOf(context.store, { name, version }), path);
      const uri = artifactUrl(urlMaker(signer, context), "GET", place);
      return { signed_uri: uri, headers: [] };
    },
    getDatabricksRegisteredModel: async ({ name }, { store }) => {
      const model = registeredModelToWire(await store.registry.getRegisteredModel(name));
      return { registered_model_databricks: { ...model, id: name } };
    },
    transitionDatabricksModelVersionStage: async (request, { store }) => {
      const { name, version, stage, archive_existing_versions: archiveExistingVersions } = request;
      const options = { archiveExistingVersions };
      const moved = await store.registry.transitionModelVersionStage({ name, version }, stage, options);
      return { model_version_databricks: modelVersionToWire(moved) };
    },
  };
}

/** Checks the source of a prompt's version: a placeholder, since the text is in a tag and there are no files. */
export function checkPromptSource(source: string): void {
  if (PLACEHOLDERS.includes(source)) return;
  const message = `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Sent by MLflow's registry client and by its fluent functions. */
const PLACEHOLDERS: readonly string[] = ["prompt-template", "dummy-source"];
