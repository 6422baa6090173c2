import { isPrompt, modelVersionToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { downloadUriOf } from "./download-uri.ts";
import { checkedLineage } from "./model-version-source.ts";
import { checkPromptSource } from "./prompts.ts";

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
      ...present({ runId, modelId, runLink: request.run_link }),
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
      ...present({ filter: request.filter, maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { model_versions: page.items.map(modelVersionToWire), ...pageToken(page) };
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
