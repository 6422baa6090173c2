import { modelVersionToWire, registeredModelToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { artifactPage } from "../artifacts/artifact-page.ts";
import { artifactUrl, urlMaker } from "../signed/signed-artifacts.ts";
import { downloadUriOf } from "./download-uri.ts";

type DatabricksRegistryHandlers = Pick<
  Handlers,
  | "listModelVersionArtifacts"
  | "getSignedDownloadUri"
  | "getDatabricksRegisteredModel"
  | "transitionDatabricksModelVersionStage"
>;

/** The registry as clients of a Databricks workspace call it, where that differs from MLflow's own. */
export const databricksRegistryHandlers: DatabricksRegistryHandlers = {
  listModelVersionArtifacts: async ({ name, version, path = "", page_token: pageToken }, context) => {
    const rootUri = await downloadUriOf(context.store, { name, version });
    return { root_uri: rootUri, ...artifactPage(await context.artifacts.list(rootUri, path), pageToken) };
  },
  getSignedDownloadUri: async ({ name, version, path }, context) => {
    const place = context.artifacts.name(await downloadUriOf(context.store, { name, version }), path);
    const uri = artifactUrl(urlMaker(context), "GET", place);
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
