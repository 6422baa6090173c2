import { AppError, isAppError } from "@flightdeck/core";
import { type AccessControlRequest, ANYBODY, ERROR_STATUS } from "@flightdeck/protocol";
import type { Grant, Resource, TokenInfo, WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Handlers } from "../calls/handler.ts";
import type { Account, Principal } from "../identity/principal.ts";
import { principalOf, type TokenAuthenticator } from "../identity/token-authenticator.ts";

type IdentityHandlers = Pick<
  Handlers,
  | "createToken"
  | "listTokens"
  | "revokeToken"
  | "getCurrentUser"
  | "getExperimentPermissions"
  | "setExperimentPermissions"
  | "updateExperimentPermissions"
  | "getRegisteredModelPermissions"
  | "setRegisteredModelPermissions"
  | "updateRegisteredModelPermissions"
>;

/** The user of a server that asks for no login. */
const EVERYBODY = { principalId: "0", name: "local", role: "admin" } as const;

export const identityHandlers: IdentityHandlers = {
  createToken: async ({ comment, lifetime_seconds: lifetimeS }, { store, principal }) => {
    const { name: principalName, tokenId: parentTokenId } = accountOf(principal);
    const lifetimeMs = lifetimeS === undefined ? undefined : lifetimeS * 1000;
    const given = { comment, lifetimeMs };
    const created = await store.workspace.createToken({ principalName, parentTokenId, ...given });
    return { token_value: created.value, token_info: tokenInfoToWire(created.info) };
  },
  listTokens: async (_request, { store, principal }) => {
    const tokens = await store.workspace.listTokens(accountOf(principal).name);
    return { token_infos: tokens.map(tokenInfoToWire) };
  },
  revokeToken: async ({ token_id: tokenId }, { store, principal }) => {
    await store.workspace.revokeToken(tokenId, accountOf(principal).name);
    return {};
  },
  getCurrentUser: (_request, { principal }) => {
    const { principalId, name, role } = principal.account ?? EVERYBODY;
    const groups = role === "admin" ? ["admins", "users"] : ["users"];
    return Promise.resolve({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      id: principalId,
      userName: name,
      displayName: name,
      active: true,
      emails: name.includes("@") ? [{ value: name, type: "work", primary: true }] : [],
      groups: groups.map((group) => ({ value: group, display: group, type: "direct" })),
    });
  },
  getExperimentPermissions: async ({ experiment_id: experimentId }, { store }) =>
    await permissionsOf(store.workspace, { kind: "experiment", experimentId }),
  setExperimentPermissions: async ({ experiment_id: experimentId, access_control_list: list }, { store }) =>
    await put(store.workspace, { kind: "experiment", experimentId }, { list, mode: "replace" }),
  updateExperimentPermissions: async (
    { experiment_id: experimentId, access_control_list: list },
    { store },
  ) => await put(store.workspace, { kind: "experiment", experimentId }, { list, mode: "add" }),
  getRegisteredModelPermissions: async ({ registered_model_id: name }, { store }) =>
    await permissionsOf(store.workspace, { kind: "registered-model", name }),
  setRegisteredModelPermissions: async (request, { store }) => {
    const { registered_model_id: name, access_control_list: list } = request;
    return await put(store.workspace, { kind: "registered-model", name }, { list, mode: "replace" });
  },
  updateRegisteredModelPermissions: async (request, { store }) => {
    const { registered_model_id: name, access_control_list: list } = request;
    return await put(store.workspace, { kind: "registered-model", name }, { list, mode: "add" });
  },
};

/** Refused on an open server: anybody could make tokens that would still be valid once the server asks for tokens. */
function accountOf({ account }: Principal): Account {
  if (account !== undefined) return account;
  const message =
    "this server asks for no tokens; start it with --auth token, or make one with 'flightdeck tokens create'";
  throw new AppError("FEATURE_DISABLED", message);
}

function tokenInfoToWire({ tokenId, creationTimeMs, expiryTimeMs, comment }: TokenInfo) {
  return { token_id: tokenId, creation_time: creationTimeMs, expiry_time: expiryTimeMs, comment };
}

type Put = { readonly list: readonly AccessControlRequest[]; readonly mode: "add" | "replace" };

async function put(workspace: WorkspaceStore, resource: Resource, { list, mode }: Put) {
  await workspace.putGrants(resource, list.map(grantFromWire), mode);
  return await permissionsOf(workspace, resource);
}

async function permissionsOf(workspace: WorkspaceStore, resource: Resource) {
  const grants = await workspace.listGrants(resource);
  const isExperiment = resource.kind === "experiment";
  return {
    object_id: isExperiment ? `/experiments/${resource.experimentId}` : `/registered-models/${resource.name}`,
    object_type: isExperiment ? "mlflowExperiment" : "registered-model",
    access_control_list: [
      {
        group_name: "admins",
        all_permissions: [{ permission_level: "CAN_MANAGE" as const, inherited: true }],
      },
      ...grants.map(grantToWire),
    ],
  };
}

function grantToWire({ grantee, level }: Grant) {
  const who = grantee.kind === "user" ? { user_name: grantee.name } : { group_name: grantee.name };
  return { ...who, all_permissions: [{ permission_level: level, inherited: false }] };
}

function grantFromWire(wire: AccessControlRequest): Grant {
  const { group_name: group, permission_level: level } = wire;
  const name = wire.user_name ?? wire.service_principal_name;
  if (name !== undefined && group === undefined) return { grantee: { kind: "user", name }, level };
  if (name === undefined && group === "users") return { grantee: { kind: "group", name: group }, level };
  const message = `access_control_list must name one user_name, service_principal_name or the group_name "users" each, got ${JSON.stringify(wire)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

const FORM_TYPE = "application/x-www-form-urlencoded";
/** Far more than a form with two long secrets. */
const FORM_BYTES_MAX = 16_384;

/**
 * OAuth machine-to-machine as Databricks' clients use it (RFC 6749, section 4.4; RFC 8414), with the metadata that leads
 * them here. The client id is a principal's name and the secret one of that principal's tokens; the new token lasts an hour.
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
          return await sendOauthError(error, reply);
        }
      },
    );
  });
}

/** The origin by which the client reaches this server; the guard has checked its host. */
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

/** From HTTP Basic, with both parts form-encoded, or from the form itself (RFC 6749, section 2.3.1). */
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

/** In OAuth's format (RFC 6749, section 5.2), plus the fields of this API. */
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
