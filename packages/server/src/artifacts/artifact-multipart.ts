import { joinArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { API_PREFIXES, type Endpoint, multipartUploadEndpoints, type RequestOf } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { clientFacts } from "../api/client-facts.ts";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";
import { holderOf } from "../shares.ts";
import { checkPartNumber } from "../signed/multipart-uploads.ts";
import { uploadPartUrl, uriOf } from "../signed/signed-artifacts.ts";
import type { NamedPlace } from "./served-artifacts.ts";

/**
 * Large files in parts, as MLflow 3's clients send them through the proxy: they ask for a URL for each part, send the
 * parts to them in parallel, without a login, and have them put together.
 */
export function mountArtifactMultipart(app: FastifyInstance, services: Services): void {
  for (const prefix of API_PREFIXES) {
    mount(app, services, {
      prefix,
      name: "createProxiedUpload",
      endpoint: multipartUploadEndpoints.create,
      answer: create,
    });
    mount(app, services, {
      prefix,
      name: "completeProxiedUpload",
      endpoint: multipartUploadEndpoints.complete,
      answer: complete,
    });
    mount(app, services, {
      prefix,
      name: "abortProxiedUpload",
      endpoint: multipartUploadEndpoints.abort,
      answer: abort,
    });
  }
}

type Mount<TRequest extends z.ZodType> = {
  readonly prefix: string;
  readonly name: string;
  readonly endpoint: Endpoint<TRequest>;
  answer(
    this: void,
    services: Services,
    input: z.output<TRequest>,
    request: FastifyRequest,
  ): Promise<unknown>;
};

/** The artifact's folder follows the endpoint's path; the rest is in the body. */
function mount<TRequest extends z.ZodType>(
  app: FastifyInstance,
  services: Services,
  { prefix, name, endpoint, answer }: Mount<TRequest>,
): void {
  mountRoute(app, services.store, {
    name,
    methods: endpoint.methods,
    url: `${prefix}/2.0${endpoint.path}/*`,
    request: endpoint.request,
    access: endpoint.access,
    response: endpoint.response,
    fieldsIn: "body",
    pathField: "folder",
    answer: (input, { request }) => answer(services, input, request),
  });
}

type Create = RequestOf<typeof multipartUploadEndpoints.create>;
type Complete = RequestOf<typeof multipartUploadEndpoints.complete>;
type Abort = RequestOf<typeof multipartUploadEndpoints.abort>;

/** The URLs serve as long as the upload may last: clients do not ask for them again. */
async function create(
  { workspace }: Services,
  { folder, path, num_parts: count }: Create,
  request: FastifyRequest,
): Promise<unknown> {
  checkPartNumber(count);
  const by = holderOf(request.principal);
  const uploadId = await workspace.multipart.create(uriOf(placeOf(folder, path)), by);
  const { origin } = clientFacts(request);
  const urls = { signer: workspace.signer, origin, by, lifetimeMs: BOUNDS.multipartUploadMs };
  const credentials = Array.from({ length: count }, (_, index) => ({
    url: uploadPartUrl(urls, uploadId, index + 1),
    part_number: index + 1,
    headers: {},
  }));
  return { upload_id: uploadId, credentials };
}

async function complete({ artifacts, workspace }: Services, request: Complete): Promise<unknown> {
  const place = placeOf(request.folder, request.path);
  const target = { ...artifacts.open(place), uri: uriOf(place) };
  const parts = request.parts.map(({ part_number: number, etag }) => ({ number, etag }));
  await workspace.multipart.complete(request.upload_id, target, parts);
  return {};
}

async function abort({ workspace }: Services, request: Abort): Promise<unknown> {
  workspace.multipart.check(request.upload_id, uriOf(placeOf(request.folder, request.path)));
  await workspace.multipart.abort(request.upload_id);
  return {};
}

/** The client names the file on its own disk, whichever way its system writes paths. */
function placeOf(folder: string, clientPath: string): NamedPlace {
  const name = clientPath.split(/[/\\]/).at(-1) ?? "";
  if (name === "")
    throw new AppError("INVALID_PARAMETER_VALUE", `path must end with a file's name, got '${clientPath}'`);
  return { store: "mlflow-artifacts", path: joinArtifactPath(folder, name) };
}
