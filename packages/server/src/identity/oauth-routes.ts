import { AppError, isAppError } from "@flightdeck/core";
import { ANYBODY, ERROR_STATUS } from "@flightdeck/protocol";
import type { WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { principalOf, type TokenAuthenticator } from "./token-authenticator.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";
/** A form with two long secrets stays far below. */
const FORM_BYTES_MAX = 16_384;

/**
 * OAuth machine-to-machine as Databricks' clients know it (RFC 6749, section 4.4; RFC 8414): a program's client id is its
 * principal's name and its secret one of that principal's tokens; what it gets lasts an hour. Beside it what tells clients
 * where to ask.
 */
export function mountOauth(
  app: FastifyInstance,
  workspace: WorkspaceStore,
  authenticator: TokenAuthenticator | undefined,
): void {
  const config = (name: string) => ({ access: ANYBODY, describes: { name } }) as const;
  app.get("/.well-known/databricks-config", { config: config("getOauthEndpoint") }, (request, reply) =>
    reply.send({ oidc_endpoint: `${originOf(request)}/oidc` }),
  );
  app.get(
    "/oidc/.well-known/oauth-authorization-server",
    { config: config("getOauthMetadata") },
    (request, reply) => reply.send(metadataOf(`${originOf(request)}/oidc`)),
  );
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const parseAs = { parseAs: "string", bodyLimit: FORM_BYTES_MAX } as const;
    scope.addContentTypeParser<string>(FORM_TYPE, parseAs, (_request, body, done) =>
      done(null, new URLSearchParams(body)),
    );
    scope.post(
      "/oidc/v1/token",
      { config: { ...config("createOauthToken"), rawBody: true } },
      async (request, reply) => {
        void reply.header("cache-control", "no-store");
        const exchange = (): Promise<object> => exchanged(workspace, request);
        try {
          return await (authenticator?.attempt(request.ip, exchange) ?? exchange());
        } catch (error) {
          return sendOauthError(error, reply);
        }
      },
    );
  });
}

/** The name by which the client has reached this server, which the guard has checked. */
function originOf(request: FastifyRequest): string {
  const forwarded = request.headers["x-forwarded-proto"];
  const scheme = forwarded === "https" ? forwarded : request.protocol;
  return `${scheme}://${request.headers.host ?? ""}`;
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/v1/authorize`,
    token_endpoint: `${issuer}/v1/token`,
    grant_types_supported: [GRANT],
    response_types_supported: [],
    scopes_supported: [SCOPE],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  };
}

const GRANT = "client_credentials";
const SCOPE = "all-apis";

async function exchanged(workspace: WorkspaceStore, request: FastifyRequest): Promise<object> {
  const { body, headers } = request;
  const form = body instanceof URLSearchParams ? body : new URLSearchParams();
  if (form.get("grant_type") !== GRANT) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `grant_type must be ${GRANT}, got ${form.get("grant_type")}`,
    );
  }
  const { clientId, secret } = clientOf(form, headers.authorization);
  const { value, info, holder } = await workspace.exchangeToken(secret);
  if (clientId !== holder.principal.name && clientId !== holder.tokenId) {
    throw new AppError("UNAUTHENTICATED", "the client secret does not belong to this client id");
  }
  request.principal = principalOf(holder); // For the audit log.
  const expiresInS = Math.floor((info.expiryTimeMs - info.creationTimeMs) / 1000);
  return { access_token: value, token_type: "Bearer", expires_in: expiresInS, scope: SCOPE };
}

type Client = { readonly clientId: string; readonly secret: string };

/** By HTTP Basic, both parts form-encoded, or in the form itself (RFC 6749, section 2.3.1). */
function clientOf(form: URLSearchParams, authorization: string | undefined): Client {
  const [, basic] = /^basic +(\S+) *$/i.exec(authorization ?? "") ?? [];
  if (basic === undefined)
    return { clientId: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
  const [clientId = "", secret = ""] = Buffer.from(basic, "base64")
    .toString("utf8")
    .split(":")
    .map(formDecoded);
  return { clientId, secret };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll("&", "%26")}`).get("x") ?? "";
}

/** In OAuth's form (RFC 6749, section 5.2), with this API's own fields beside. */
function sendOauthError(error: unknown, reply: FastifyReply): FastifyReply {
  if (!isAppError(error) || ERROR_STATUS[error.code] === 429) throw error;
  const isClient = error.code === "UNAUTHENTICATED";
  return reply.code(isClient ? 401 : 400).send({
    error: isClient ? "invalid_client" : "unsupported_grant_type",
    error_description: error.message,
    error_code: error.code,
    message: error.message,
  });
}
