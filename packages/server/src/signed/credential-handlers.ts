import type { Handlers, RequestContext } from "../api/handler.ts";
import type { NamedPlace } from "../artifacts/served-artifacts.ts";
import { holderOf } from "../shares.ts";
import { checkPartNumber } from "./multipart-uploads.ts";
import { abortUploadUrl, artifactUrl, uploadPartUrl, uriOf, urlMaker } from "./signed-artifacts.ts";
import type { SignedMethod } from "./url-signer.ts";

type CredentialHandlers = Pick<
  Handlers,
  | "getReadCredentials"
  | "getWriteCredentials"
  | "getModelReadCredentials"
  | "getModelWriteCredentials"
  | "createMultipartUpload"
  | "completeMultipartUpload"
  | "getUploadPartCredentials"
>;

export const credentialHandlers: CredentialHandlers = {
  getReadCredentials: async ({ run_id: id, path: paths }, context) => {
    return { credential_infos: await credentials(context, { id, paths, method: "GET" }) };
  },
  getWriteCredentials: async ({ run_id: id, path: paths }, context) => {
    return { credential_infos: await credentials(context, { id, paths, method: "PUT" }) };
  },
  getModelReadCredentials: async ({ model_id: id, paths }, context) => {
    const infos = await credentials(context, { id, paths, method: "GET" });
    return { credentials: infos.map((info) => ({ credential_info: info })) };
  },
  getModelWriteCredentials: async ({ model_id: id, paths }, context) => {
    const infos = await credentials(context, { id, paths, method: "PUT" });
    return { credentials: infos.map((info) => ({ credential_info: info })) };
  },
  createMultipartUpload: async ({ run_id: id, path, num_parts: count }, context) => {
    checkPartNumber(count);
    const { multipart } = context.workspace;
    const uploadId = await multipart.create(
      uriOf(await placeOf(context, id, path)),
      holderOf(context.principal),
    );
    const urls = urlMaker(context);
    const infos = Array.from({ length: count }, (_, index) =>
      credential({ id, path, uri: uploadPartUrl(urls, uploadId, index + 1) }),
    );
    return {
      upload_id: uploadId,
      upload_credential_infos: infos,
      abort_credential_info: credential({ id, path, uri: abortUploadUrl(urls, uploadId) }),
    };
  },
  completeMultipartUpload: async (request, context) => {
    const place = await placeOf(context, request.run_id, request.path);
    const target = { ...context.artifacts.open(place), uri: uriOf(place) };
    const parts = request.part_etags.map(({ part_number: number, etag }) => ({ number, etag }));
    await context.workspace.multipart.complete(request.upload_id, target, parts);
    return {};
  },
  getUploadPartCredentials: async (request, context) => {
    const { run_id: id, path, upload_id: uploadId, part_number: number } = request;
    checkPartNumber(number);
    context.workspace.multipart.check(uploadId, uriOf(await placeOf(context, id, path)));
    const uri = uploadPartUrl(urlMaker(context), uploadId, number);
    return { upload_credential_info: credential({ id, path, uri }) };
  },
};

type CredentialRequest = {
  readonly id: string;
  readonly paths: readonly string[];
  readonly method: SignedMethod;
};

async function credentials(
  context: RequestContext,
  { id, paths, method }: CredentialRequest,
): Promise<CredentialInfo[]> {
  const root = await rootOf(context, id);
  const urls = urlMaker(context);
  return paths.map((path) => {
    const uri = artifactUrl(urls, method, context.artifacts.name(root, path));
    return credential({ id, path, uri });
  });
}

type CredentialInfo = {
  readonly run_id: string;
  readonly path: string;
  readonly signed_uri: string;
  readonly headers: [];
  readonly type: "AWS_PRESIGNED_URL";
};

/** Clients send the headers of a kind of storage by its type; those of `AWS_PRESIGNED_URL` send none of their own. */
function credential({ id, path, uri }: { id: string; path: string; uri: string }): CredentialInfo {
  return { run_id: id, path, signed_uri: uri, headers: [], type: "AWS_PRESIGNED_URL" };
}

/** A logged model's id stands where a run's does, as MLflow 3 sends it. */
async function rootOf({ store }: RequestContext, id: string): Promise<string> {
  if (id.startsWith("m-")) return (await store.tracking.getLoggedModel(id)).artifactUri;
  return (await store.tracking.getRun(id)).info.artifactUri;
}

async function placeOf(context: RequestContext, id: string, path: string): Promise<NamedPlace> {
  return context.artifacts.name(await rootOf(context, id), path);
}
