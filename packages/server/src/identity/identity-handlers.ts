import { AppError } from "@flightdeck/core";
import type { AccessControlRequest } from "@flightdeck/protocol";
import type { Grant, Resource, TokenInfo, WorkspaceStore } from "@flightdeck/store";
import type { Handlers } from "../api/handler.ts";
import { present } from "../api/present.ts";
import type { Account, Principal } from "../http/authenticator.ts";

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

/** Who asks an open server. */
const EVERYBODY = { principalId: "0", name: "local", role: "admin" } as const;

export const identityHandlers: IdentityHandlers = {
  createToken: async ({ comment, lifetime_seconds: lifetimeS }, { store, principal }) => {
    const { name: principalName, tokenId: parentTokenId } = accountOf(principal);
    const lifetimeMs = lifetimeS === undefined ? undefined : lifetimeS * 1000;
    const given = present({ comment, lifetimeMs });
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
    permissionsOf(store.workspace, { kind: "experiment", experimentId }),
  setExperimentPermissions: async ({ experiment_id: experimentId, access_control_list: list }, { store }) =>
    put(store.workspace, { kind: "experiment", experimentId }, { list, mode: "replace" }),
  updateExperimentPermissions: async (
    { experiment_id: experimentId, access_control_list: list },
    { store },
  ) => put(store.workspace, { kind: "experiment", experimentId }, { list, mode: "add" }),
  getRegisteredModelPermissions: async ({ registered_model_id: name }, { store }) =>
    permissionsOf(store.workspace, { kind: "registered-model", name }),
  setRegisteredModelPermissions: async (request, { store }) => {
    const { registered_model_id: name, access_control_list: list } = request;
    return put(store.workspace, { kind: "registered-model", name }, { list, mode: "replace" });
  },
  updateRegisteredModelPermissions: async (request, { store }) => {
    const { registered_model_id: name, access_control_list: list } = request;
    return put(store.workspace, { kind: "registered-model", name }, { list, mode: "add" });
  },
};

/** Tokens that anybody could make on an open server would open it once it asks for tokens. */
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
  return permissionsOf(workspace, resource);
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
