import type { Viewer } from "../access/viewer.ts";

/** `admin` may do everything; `user` may create things, and do with others what was granted. */
export const WORKSPACE_ROLES = ["admin", "user"] as const;
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

/** Databricks' names for what viewers, editors and managers hold. Each level holds those before it. */
export const PERMISSION_LEVELS = ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

export type WorkspacePrincipal = {
  readonly principalId: string;
  readonly name: string;
  readonly role: WorkspaceRole;
};

/** `isFirst` when the workspace had nobody before. */
export type EnrolledPrincipal = WorkspacePrincipal & { readonly isFirst: boolean };

/** What is told of a token; its value is told once, when it is created. */
export type TokenInfo = {
  readonly tokenId: string;
  readonly principalName: string;
  readonly comment: string;
  readonly creationTimeMs: number;
  readonly expiryTimeMs: number;
};

export type CreatedToken = { readonly value: string; readonly info: TokenInfo };

export type CreateTokenInput = {
  readonly principalName: string;
  readonly comment?: string | undefined;
  /** 1 second to two years. Default: 90 days. */
  readonly lifetimeMs?: number | undefined;
  /** The principal's token that this one is made with: it ends with that one, if not before. */
  readonly parentTokenId?: string | undefined;
};

export type TokenHolder = { readonly principal: WorkspacePrincipal; readonly tokenId: string };

/** What permissions are held on. */
export type Resource =
  | { readonly kind: "experiment"; readonly experimentId: string }
  | { readonly kind: "registered-model"; readonly name: string };

/** Something that a request names, and that belongs to a resource. */
export type Reference =
  | Resource
  | { readonly kind: "experiment-name"; readonly name: string }
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "logged-model"; readonly modelId: string }
  | { readonly kind: "trace"; readonly traceId: string }
  /** A path below the proxied artifacts' root: it belongs to the experiment below whose artifact location it lies. */
  | { readonly kind: "artifact"; readonly path: string }
  /**
   * The files at a URI (`mlflow-artifacts:/x y`, not percent-encoded), as far as they are those of a version of some
   * registered model.
   */
  | { readonly kind: "version-files"; readonly uri: string };

/** Something that a call reads or changes, and the level that its caller must hold there. */
export type Need = {
  readonly reference: Reference;
  readonly level: PermissionLevel;
  /** Enough when this is held at the level instead. */
  readonly or?: Reference | undefined;
  /** The call creates it, or changes nothing by it, when it is absent. What is absent is refused otherwise. */
  readonly mayBeAbsent?: true | undefined;
};

/** Who makes a call, what it touches and what it creates. */
export type Caller = Viewer & { readonly needs: readonly Need[] };

/** `users` are all principals of the workspace. */
export type Grant = {
  readonly grantee:
    | { readonly kind: "user"; readonly name: string }
    | { readonly kind: "group"; readonly name: "users" };
  readonly level: PermissionLevel;
};

/**
 * Who may use the workspace, and what they may do. Tokens are random; their hashes alone are stored. A change counts from
 * the moment it is acknowledged, in all processes that share the database.
 */
export type WorkspaceStore = {
  /** Makes the principal when it is absent, by default as `user`; a role given changes the one that it has. */
  ensurePrincipal(name: string, role?: WorkspaceRole): Promise<WorkspacePrincipal>;
  /** The same, but the first principal of a workspace is by default its `admin`. */
  enrol(name: string, role?: WorkspaceRole): Promise<EnrolledPrincipal>;
  /**
   * Throws `RESOURCE_DOES_NOT_EXIST` for an unknown principal, `INVALID_PARAMETER_VALUE` for a lifetime out of bounds,
   * `UNAUTHENTICATED` when the token that it is made with is not valid, or another principal's.
   */
  createToken(input: CreateTokenInput): Promise<CreatedToken>;
  /**
   * A token for an hour, or for as long as the given one lasts; it ends when that one is revoked. Throws
   * `UNAUTHENTICATED` when `value` is not valid, or itself such a token.
   */
  exchangeToken(value: string): Promise<CreatedToken & { readonly holder: TokenHolder }>;
  /** Whose token it is. Throws `UNAUTHENTICATED` for one that is unknown, expired or revoked, and says which. */
  authenticate(value: string): Promise<TokenHolder>;
  /** Those that are valid, oldest first, without exchanged ones; of one principal or of all. */
  listTokens(principalName?: string): Promise<readonly TokenInfo[]>;
  /**
   * Ends a token and, in the same transaction, all that was made with it, at any depth. Throws `RESOURCE_DOES_NOT_EXIST`
   * for an unknown token, or one of another than the given principal.
   */
  revokeToken(tokenId: string, principalName?: string): Promise<void>;
  /**
   * Which of these a principal may see, since anything on them was granted to it or to all `users`. In order. On files of a
   * version, whatever was granted on its model counts as `CAN_READ`.
   */
  findVisible(principalName: string, references: readonly Reference[]): Promise<readonly boolean[]>;
  /**
   * Throws unless the caller holds what it needs: `RESOURCE_DOES_NOT_EXIST` for what is absent, `PERMISSION_DENIED` for
   * what is held too little, `INVALID_PARAMETER_VALUE` for the id of an experiment that is no number.
   */
  check(caller: Caller): Promise<void>;
  /** Throws `RESOURCE_DOES_NOT_EXIST` for an unknown resource. */
  listGrants(resource: Resource): Promise<readonly Grant[]>;
  /** Adds grants, or replaces all. Throws `RESOURCE_DOES_NOT_EXIST` for an unknown resource or principal. */
  putGrants(resource: Resource, grants: readonly Grant[], mode: "add" | "replace"): Promise<void>;
};
