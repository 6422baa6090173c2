import {
  checkArtifactPath,
  parseArtifactUri,
  parseDbfsPath,
  parseModelFiles,
  parseTrackedFiles,
} from "@flightdeck/artifacts";
import { API_PREFIXES, ARTIFACT_PROXY_PATH, type Need, type Resource } from "@flightdeck/protocol";
import type { Need as StoreNeed, Reference } from "@flightdeck/store";

/** To whom something belongs, and where else a permission to read it may come from. */
type Belonging = { readonly reference: Reference; readonly or?: Reference };

/** Belongs to no experiment and no model, so that only admins reach it. */
const NOBODYS: Belonging = { reference: { kind: "artifact", path: "" } };

/**
 * What a call needs, in the store's terms: paths and URIs become the experiment, run or model whose files they name.
 * Files in storage that this server leaves to its clients need nothing.
 */
export function storeNeeds(needs: readonly Need[]): readonly StoreNeed[] {
  return needs.flatMap(({ resource, ...held }) => {
    const belonging = belongingOf(resource);
    return belonging === undefined ? [] : [{ ...held, ...belonging }];
  });
}

function belongingOf(resource: Resource): Belonging | undefined {
  switch (resource.kind) {
    case "artifact-path":
      return artifactAt(checkArtifactPath(resource.path));
    case "dbfs-path":
      return inDbfs(parseDbfsPath(resource.path));
    case "files-path":
      return byFilesApi(parseDbfsPath(resource.path));
    case "files":
      return atUri(resource.uri);
    case "artifact-location":
      return isOurs(resource.uri) ? NOBODYS : undefined;
    default:
      return { reference: resource };
  }
}

/** Whoever may see a registered model may read the files of its versions, wherever they are. */
function artifactAt(path: string): Belonging {
  return {
    reference: { kind: "artifact", path },
    or: { kind: "version-files", uri: `mlflow-artifacts:/${path}` },
  };
}

/** Databricks keeps the artifacts of an experiment below these two folders of DBFS. */
const OF_EXPERIMENT = /^databricks\/mlflow(?:-tracking)?\/(\d+)\//;

function inDbfs(path: string): Belonging {
  const [, experimentId] = OF_EXPERIMENT.exec(path) ?? [];
  const owner = experimentId === undefined ? NOBODYS : { reference: experimentOf(experimentId) };
  return { ...owner, or: { kind: "version-files", uri: `dbfs:/${path}` } };
}

function experimentOf(experimentId: string): Reference {
  return { kind: "experiment", experimentId };
}

/** The files of a version are as open as its registered model, those of a run or a logged model as open as these. */
function byFilesApi(path: string): Belonging {
  const model = parseModelFiles(path);
  if (model !== undefined) return { reference: { kind: "registered-model", name: model.name } };
  const tracked = parseTrackedFiles(path);
  if (tracked === undefined) return NOBODYS;
  const { kind, id } = tracked;
  return { reference: kind === "run" ? { kind, runId: id } : { kind, modelId: id } };
}

function atUri(text: string): Belonging | undefined {
  const uri = parseArtifactUri(text);
  switch (uri.kind) {
    case "mlflow-artifacts":
      return artifactAt(uri.path);
    case "runs":
      return { reference: runOrModel(uri.runId) };
    case "models":
      return {
        reference: uri.model.by === "id" ? runOrModel(uri.model.modelId) : modelNamed(uri.model.name),
      };
    case "dbfs":
      return inDbfs(uri.path.replace(/^\//, ""));
    case "http":
      return proxied(uri.url);
    case "file": // A version's source must then lie with its run or model, which the request names beside.
    case "s3":
    case "other":
      return undefined;
  }
}

/** MLflow 3 puts a logged model's id where a run's belongs. */
function runOrModel(id: string): Reference {
  return id.startsWith("m-") ? { kind: "logged-model", modelId: id } : { kind: "run", runId: id };
}

function modelNamed(name: string): Reference {
  return { kind: "registered-model", name };
}

/** Older clients record the proxy's URL itself. */
function proxied(url: string): Belonging | undefined {
  const { pathname } = new URL(url);
  const proxy = `${API_PREFIXES[0]}/2.0${ARTIFACT_PROXY_PATH}/`;
  const at = pathname.indexOf(proxy);
  return at < 0 ? undefined : atUri(`mlflow-artifacts:/${pathname.slice(at + proxy.length)}`);
}

/** Storage that this server opens itself: a location there could be another experiment's. */
function isOurs(uri: string): boolean {
  const { kind } = parseArtifactUri(uri);
  return kind !== "s3" && kind !== "other";
}
