import { type ArtifactRepository, LocalTree } from "@flightdeck/artifacts";
import { AppError, type Clock } from "@flightdeck/core";
import type { TrackingStore } from "@flightdeck/store";
import { join } from "node:path";
import { RunModelsView } from "../artifacts/run-models-view.ts";
import { DbfsHandles } from "../dbfs/dbfs-handles.ts";
import { MultipartUploads } from "../signed/multipart-uploads.ts";
import { loadSigningKey } from "../signed/signing-key.ts";
import { UrlSigner } from "../signed/url-signer.ts";
import { WORKSPACE_ARTIFACT_ROOTS, type WorkspaceArtifactRoot } from "./artifact-root.ts";

/** What a Databricks workspace has beside MLflow: its file system, its folders, and URLs that it signs. */
export type WorkspaceServices = {
  readonly dbfs: LocalTree;
  readonly handles: DbfsHandles;
  /** Folders that were made; experiments are in the store. */
  readonly folders: LocalTree;
  readonly signer: UrlSigner;
  readonly multipart: MultipartUploads;
  readonly artifactRoot: WorkspaceArtifactRoot;
};

export type WorkspaceOptions = {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly tracking: TrackingStore;
  readonly artifactRoot: string | undefined;
};

/** Opens the workspace below the data folder; gives its file system also as clients see it, with runs' models in it. */
export function openWorkspace(options: WorkspaceOptions): {
  workspace: WorkspaceServices;
  dbfs: ArtifactRepository;
} {
  const { dataDir, clock, tracking, artifactRoot = WORKSPACE_ARTIFACT_ROOTS[0] } = options;
  const tree = new LocalTree(join(dataDir, "dbfs"));
  const dbfs = new RunModelsView({ base: tree.files, tracking, scheme: "dbfs" });
  const signer = new UrlSigner(loadSigningKey(join(dataDir, "signed-urls.key")), clock);
  const workspace = {
    dbfs: tree,
    handles: new DbfsHandles(dbfs),
    folders: new LocalTree(join(dataDir, "workspace")),
    signer,
    multipart: new MultipartUploads({ tree: new LocalTree(join(dataDir, "uploads")), signer, clock }),
    artifactRoot: checkedRoot(artifactRoot),
  };
  return { workspace, dbfs };
}

function checkedRoot(root: string): WorkspaceArtifactRoot {
  const known = WORKSPACE_ARTIFACT_ROOTS.find((name) => name === root);
  if (known !== undefined) return known;
  const message = `the workspace's artifact root must be ${WORKSPACE_ARTIFACT_ROOTS.join(" or ")}, got '${root}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
