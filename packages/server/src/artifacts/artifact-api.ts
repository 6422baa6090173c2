import { checkArtifactPath, joinArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import {
  API_PREFIXES,
  ARTIFACT_PROXY_PATH,
  artifactPath,
  type Endpoint,
  fileInfoToWire,
  loggedModel,
  modelId,
  modelName,
  multipartUploadEndpoints,
  proxiedPath,
  registeredModel,
  type RequestOf,
  requiredText,
  run,
  runId,
  withRunId,
} from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Handlers } from "../calls/handler.ts";
import { mountRoute } from "../calls/mount-route.ts";
import { clientFacts } from "../http/read-request.ts";
import { holderOf } from "../identity/shares.ts";
import { checkPartNumber, MULTIPART_UPLOAD_MS, type SignedStorage } from "../storage/multipart-uploads.ts";
import { takeBodiesAsStreams, type UploadSlots } from "../storage/receive-upload.ts";
import { sendArtifact } from "../storage/send-artifact.ts";
import {
  artifactPage,
  downloadUriOf,
  listFolderOnly,
  type NamedPlace,
  type ServedArtifacts,
} from "../storage/served-artifacts.ts";
import { uploadPartUrl, uriOf } from "../storage/signed-urls.ts";

type ArtifactHandlers = Pick<Handlers, "listArtifacts" | "listProxiedArtifacts">;

/** Dependencies of the artifact routes. */
type ArtifactRoutes = {
  readonly store: Store;
  readonly artifacts: ServedArtifacts;
  readonly uploads: UploadSlots;
};

export function artifactHandlers({ artifacts }: Pick<ArtifactRoutes, "artifacts">): ArtifactHandlers {
  return {
    listArtifacts: async ({ run_id: runId, path = "", page_token: pageToken }, { store }) => {
      const { artifactUri } = (await store.tracking.getRun(runId)).info;
      return { root_uri: artifactUri, ...artifactPage(await artifacts.list(artifactUri, path), pageToken) };
    },
    /** Paths are bare names here, because MLflow's clients join them with the path that they asked for. */
    listProxiedArtifacts: async ({ path = "" }) => {
      const folder = checkArtifactPath(path);
      const infos = await listFolderOnly(artifacts.proxied, folder);
      const nameOf = (childPath: string): string => childPath.slice(childPath.lastIndexOf("/") + 1);
      return { files: infos.map((info) => fileInfoToWire({ ...info, path: nameOf(info.path) })) };
    },
  };
}

/** Downloads by record and path, at the URLs of MLflow's page and of older clients. */
export function mountArtifactDownloads(
  app: FastifyInstance,
  { artifacts, store }: Omit<ArtifactRoutes, "uploads">,
): void {
  const methods = ["GET", "HEAD"];
  mountRoute(app, store, {
    name: "downloadArtifact",
    methods,
    url: "/get-artifact",
    request: withRunId({ path: requiredText }),
    reads: ({ run_id: id }) => [run(id)],
    answer: async ({ run_id: id, path }, call) => {
      const { artifactUri } = (await call.store.tracking.getRun(id)).info;
      return await sendArtifact(call.request, call.reply, artifacts.locate(artifactUri, path));
    },
  });
  mountRoute(app, store, {
    name: "downloadModelVersionArtifact",
    methods,
    url: "/model-versions/get-artifact",
    request: z.object({ name: modelName, version: requiredText, path: requiredText }),
    reads: ({ name }) => [registeredModel(name)],
    answer: async ({ name, version, path }, call) => {
      const uri = await downloadUriOf(call.store, { name, version });
      return await sendArtifact(call.request, call.reply, artifacts.locate(uri, path));
    },
  });
  mountRoute(app, store, {
    name: "downloadLoggedModelArtifact",
    methods,
    url: "/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files",
    request: z.object({ model_id: modelId, artifact_file_path: requiredText }),
    reads: ({ model_id: id }) => [loggedModel(id)],
    answer: async ({ model_id: id, artifact_file_path: path }, call) => {
      const { artifactUri } = await call.store.tracking.getLoggedModel(id);
      return await sendArtifact(call.request, call.reply, artifacts.locate(artifactUri, path));
    },
  });
}

const proxiedRequest = z.object({ "*": proxiedPath });

/** The bytes of artifacts, by path below the proxied root: GET, HEAD, PUT and DELETE. */
export function mountArtifactProxy(app: FastifyInstance, parts: ArtifactRoutes): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    for (const prefix of API_PREFIXES) mountProxy(scope, parts, `${prefix}/2.0${ARTIFACT_PROXY_PATH}/*`);
  });
}

function mountProxy(
  scope: FastifyInstance,
  { artifacts, uploads, store }: ArtifactRoutes,
  url: string,
): void {
  const { proxied } = artifacts;
  mountRoute(scope, store, {
    name: "downloadProxiedArtifact",
    methods: ["GET", "HEAD"],
    url,
    request: proxiedRequest,
    reads: ({ "*": path }) => [artifactPath(path)],
    answer: ({ "*": path }, call) => sendArtifact(call.request, call.reply, { repository: proxied, path }),
  });
  mountRoute(scope, store, {
    name: "uploadProxiedArtifact",
    methods: ["PUT"],
    url,
    request: proxiedRequest,
    takesAnyBody: true,
    edits: ({ "*": path }) => [artifactPath(path)],
    answer: async ({ "*": path }, call) => {
      await uploads.receive(call.request, (content) => proxied.write(path, content));
      return {};
    },
  });
  mountRoute(scope, store, {
    name: "deleteProxiedArtifact",
    methods: ["DELETE"],
    url,
    request: proxiedRequest,
    takesAnyBody: true,
    edits: ({ "*": path }) => [artifactPath(path)],
    answer: async ({ "*": path }) => {
      await proxied.delete(path);
      return {};
    },
  });
}

/** Where MLflow's page stores a small artifact of a run. JSON is stored byte for byte, not parsed. */
export function mountArtifactUpload(
  app: FastifyInstance,
  { artifacts, store }: Omit<ArtifactRoutes, "uploads">,
): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    mountRoute(scope, store, {
      name: "uploadArtifact",
      methods: ["POST"],
      url: "/ajax-api/2.0/mlflow/upload-artifact",
      request: z.object({ run_uuid: runId, path: requiredText }),
      edits: ({ run_uuid: id }) => [run(id)],
      answer: async ({ run_uuid: id, path }, call) => {
        const content = bytesOf(call.request);
        const { artifactUri } = (await call.store.tracking.getRun(id)).info;
        const place = artifacts.locate(artifactUri, path);
        await place.repository.write(place.path, content);
        return {};
      },
    });
  });
}

function bytesOf({ body }: FastifyRequest): Uint8Array {
  if (body instanceof Uint8Array && body.byteLength > 0) return body;
  throw new AppError("INVALID_PARAMETER_VALUE", "Request must specify data.");
}

type ProxiedUploads = SignedStorage & { readonly store: Store };

/**
 * Large files in parts, as MLflow 3's clients send them through the proxy: they ask for a URL for each part, send the parts
 * in parallel and without a login, and then complete the upload.
 */
export function mountArtifactMultipart(app: FastifyInstance, parts: ProxiedUploads): void {
  for (const prefix of API_PREFIXES) {
    mountUploadCall(app, parts, {
      prefix,
      name: "createProxiedUpload",
      endpoint: multipartUploadEndpoints.create,
      answer: createUpload,
    });
    mountUploadCall(app, parts, {
      prefix,
      name: "completeProxiedUpload",
      endpoint: multipartUploadEndpoints.complete,
      answer: completeUpload,
    });
    mountUploadCall(app, parts, {
      prefix,
      name: "abortProxiedUpload",
      endpoint: multipartUploadEndpoints.abort,
      answer: abortUpload,
    });
  }
}

type Mount<TRequest extends z.ZodType> = {
  readonly prefix: string;
  readonly name: string;
  readonly endpoint: Endpoint<TRequest>;
  answer(
    this: void,
    parts: ProxiedUploads,
    input: z.output<TRequest>,
    request: FastifyRequest,
  ): Promise<unknown>;
};

/** The artifact's folder follows the endpoint's path; all other fields are in the body. */
function mountUploadCall<TRequest extends z.ZodType>(
  app: FastifyInstance,
  parts: ProxiedUploads,
  { prefix, name, endpoint, answer }: Mount<TRequest>,
): void {
  mountRoute(app, parts.store, {
    name,
    methods: endpoint.methods,
    url: `${prefix}/2.0${endpoint.path}/*`,
    request: endpoint.request,
    access: endpoint.access,
    response: endpoint.response,
    fieldsIn: "body",
    pathField: "folder",
    answer: (input, { request }) => answer(parts, input, request),
  });
}

type Create = RequestOf<typeof multipartUploadEndpoints.create>;
type Complete = RequestOf<typeof multipartUploadEndpoints.complete>;
type Abort = RequestOf<typeof multipartUploadEndpoints.abort>;

/** The URLs are valid as long as the upload, because clients do not ask for new ones. */
async function createUpload(
  { multipart, signer }: ProxiedUploads,
  { folder, path, num_parts: count }: Create,
  request: FastifyRequest,
): Promise<unknown> {
  checkPartNumber(count);
  const by = holderOf(request.principal);
  const uploadId = await multipart.create(uriOf(placeOf(folder, path)), by);
  const { origin } = clientFacts(request);
  const urls = { signer, origin, by, lifetimeMs: MULTIPART_UPLOAD_MS };
  const credentials = Array.from({ length: count }, (_, index) => ({
    url: uploadPartUrl(urls, uploadId, index + 1),
    part_number: index + 1,
    headers: {},
  }));
  return { upload_id: uploadId, credentials };
}

async function completeUpload({ artifacts, multipart }: ProxiedUploads, request: Complete): Promise<unknown> {
  const place = placeOf(request.folder, request.path);
  const target = { ...artifacts.open(place), uri: uriOf(place) };
  const parts = request.parts.map(({ part_number: number, etag }) => ({ number, etag }));
  await multipart.complete(request.upload_id, target, parts);
  return {};
}

async function abortUpload({ multipart }: ProxiedUploads, request: Abort): Promise<unknown> {
  multipart.check(request.upload_id, uriOf(placeOf(request.folder, request.path)));
  await multipart.abort(request.upload_id);
  return {};
}

/** The client sends the path on its own disk, with its system's separators. */
function placeOf(folder: string, clientPath: string): NamedPlace {
  const name = clientPath.split(/[/\\]/).at(-1) ?? "";
  if (name === "")
    throw new AppError("INVALID_PARAMETER_VALUE", `path must end with a file's name, got '${clientPath}'`);
  return { store: "mlflow-artifacts", path: joinArtifactPath(folder, name) };
}
