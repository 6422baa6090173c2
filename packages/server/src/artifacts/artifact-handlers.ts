import { checkArtifactPath } from "@flightdeck/artifacts";
import { fileInfoToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { artifactPage } from "./artifact-page.ts";
import { listFolderOnly } from "./list-folder-only.ts";

export const artifactHandlers: Pick<Handlers, "listArtifacts" | "listProxiedArtifacts"> = {
  listArtifacts: async ({ run_id: runId, path = "", page_token: pageToken }, { store, artifacts }) => {
    const { artifactUri } = (await store.tracking.getRun(runId)).info;
    return { root_uri: artifactUri, ...artifactPage(await artifacts.list(artifactUri, path), pageToken) };
  },
  /** MLflow's clients join what they asked for with each path that comes: it is the bare name here. */
  listProxiedArtifacts: async ({ path = "" }, { artifacts }) => {
    const folder = checkArtifactPath(path);
    const infos = await listFolderOnly(artifacts.proxied, folder);
    const nameOf = (childPath: string): string => childPath.slice(childPath.lastIndexOf("/") + 1);
    return { files: infos.map((info) => fileInfoToWire({ ...info, path: nameOf(info.path) })) };
  },
};
