import { joinArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { API_PREFIXES, type Endpoint, multipartUploadEndpoints, parseRequest } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { clientFacts } from "../api/client-facts.ts";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";
import { artifactAt } from "../identity/references-of.ts";
import { checkPartNumber } from "../signed/multipart-uploads.ts";
import { uploadPartUrl, uriOf } from "../signed/signed-artifacts.ts";
import { pathBelow } from "./path-below.ts";
import type { NamedPlace } from "./served-artifacts.ts";

/**
 * Large files in parts, as MLflow 3's clients send them through the proxy: they ask for a URL for each part, send the
 * parts to them in parallel, without a login, and have them put together.
 */
export function mountArtifactMultipart(app: FastifyInstance, services: Services): void {
  for (const prefix of API_PREFIXES) {
    mount(app, services, { prefix, endpoint: multipartUploadEndpoints.create, handle: create });
    mount(app, services, { prefix, endpoint: multipartUploadEndpoints.complete, handle: complete });
    mount(app, services, { prefix, endpoint: multipartUploadEndpoints.abort, handle: abort });
  }
}

/** What a handler has beside its services: the artifact that the parts become. */
type Call = { readonly request: FastifyRequest; readonly folder: string };
type Handle = (services: Services, call: Call) => Promise<unknown>;
type Mount = { readonly prefix: string; readonly endpoint: Endpoint; readonly handle: Handle };

function mount(app: FastifyInstance, services: Services, { prefix, endpoint, handle }: Mount): void {
  const root = `${prefix}/2.0${endpoint.path}/`;
  app.route({
    method: "POST",
    url: `${root}*`,
    config: {
      permission: endpoint.permission,
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_EDIT"),
    },
    handler: (request) => handle(services, { request, folder: pathBelow(root, request) }),
  });
}

/** The URLs serve as long as the upload may last: clients do not ask for them again. */
async function create({ workspace }: Services, { request, folder }: Call): Promise<unknown> {
  const { path, num_parts: count } = parseRequest(multipartUploadEndpoints.create, request.body);
  checkPartNumber(count);
  const uploadId = await workspace.multipart.create(uriOf(placeOf(folder, path)));
  const { origin } = clientFacts(request);
  const urls = { signer: workspace.signer, origin, lifetimeMs: BOUNDS.multipartUploadMs };
  const credentials = Array.from({ length: count }, (_, index) => ({
    url: uploadPartUrl(urls, uploadId, index + 1),
    part_number: index + 1,
    headers: {},
  }));
  return { upload_id: uploadId, credentials };
}

async function complete({ artifacts, workspace }: Services, { request, folder }: Call): Promise<unknown> {
  const body = parseRequest(multipartUploadEndpoints.complete, request.body);
  const place = placeOf(folder, body.path);
  const target = { ...artifacts.open(place), uri: uriOf(place) };
  const parts = body.parts.map(({ part_number: number, etag }) => ({ number, etag }));
  await workspace.multipart.complete(body.upload_id, target, parts);
  return {};
}

async function abort({ workspace }: Services, { request, folder }: Call): Promise<unknown> {
  const body = parseRequest(multipartUploadEndpoints.abort, request.body);
  workspace.multipart.check(body.upload_id, uriOf(placeOf(folder, body.path)));
  await workspace.multipart.abort(body.upload_id);
  return {};
}

/** The client names the file on its own disk, whichever way its system writes paths. */
function placeOf(folder: string, clientPath: string): NamedPlace {
  const name = clientPath.split(/[/\\]/).at(-1) ?? "";
  if (name === "")
    throw new AppError("INVALID_PARAMETER_VALUE", `path must end with a file's name, got '${clientPath}'`);
  return { store: "mlflow-artifacts", path: joinArtifactPath(folder, name) };
}
