import type { Viewer } from "../access/viewer.ts";

/** `admin` may do everything. `user` may create resources and use others as granted. */
export const WORKSPACE_ROLES = ["admin", "user"] as const;
/** One of `WORKSPACE_ROLES`. */
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

/** Databricks' names for the levels of viewers, editors and managers. Each level includes those before it. */
export const PERMISSION_LEVELS = ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"] as const;
/** One of `PERMISSION_LEVELS`. */
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/** A user or a service of the workspace. */
export type WorkspacePrincipal = {
  readonly principalId: string;
  readonly name: string;
  readonly role: WorkspaceRole;
};

/** `isFirst` is true for the first principal of the workspace. */
export type EnrolledPrincipal = WorkspacePrincipal & { readonly isFirst: boolean };

/** Information about a token, without its value. */
export type TokenInfo = {
  readonly tokenId: string;
  readonly principalName: string;
  readonly comment: string;
  readonly creationTimeMs: number;
  readonly expiryTimeMs: number;
};

/** A new token. Its value is returned only here; the store keeps a hash. */
export type IssuedToken = { readonly value: string; readonly info: TokenInfo };

/** Input of `createToken`. */
export type NewToken = {
  readonly principalName: string;
  readonly comment?: string | undefined;
  /** 1 second to two years. Default: 90 days. */
  readonly lifetimeMs?: number | undefined;
  /** The principal's token that creates this one, which ends with it at the latest. */
  readonly parentTokenId?: string | undefined;
};

/** The holder of a token, and the token's id. */
export type TokenHolder = { readonly principal: WorkspacePrincipal; readonly tokenId: string };

/** Something that permissions can be granted on. */
export type Resource =
  | { readonly kind: "experiment"; readonly experimentId: string }
  | { readonly kind: "registered-model"; readonly name: string };

/** Something named in a request that is a resource or belongs to one. */
export type Reference =
  | Resource
  | { readonly kind: "experiment-name"; readonly name: string }
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "logged-model"; readonly modelId: string }
  | { readonly kind: "trace"; readonly traceId: string }
  /** A path below the root of proxied artifacts. Belongs to the experiment whose artifact location contains it. */
  | { readonly kind: "artifact"; readonly path: string }
  /**
   * The files at a URI (`mlflow-artifacts:/x y`, not percent-encoded), if they belong to a version of a registered model.
   */
  | { readonly kind: "version-files"; readonly uri: string };

/** Something that a call reads or changes, and the level that this requires. */
export type Need = {
  readonly reference: Reference;
  readonly level: PermissionLevel;
  /** Having the level on this instead is sufficient. */
  readonly or?: Reference | undefined;
  /** Allows the reference to be missing: the call then creates it or does nothing. Otherwise it is refused. */
  readonly mayBeAbsent?: true | undefined;
};

/** The principal that makes a call, what the call needs and what it creates. */
export type Caller = Viewer & { readonly needs: readonly Need[] };

/** The group `users` contains all principals of the workspace. */
export type Grant = {
  readonly grantee:
    | { readonly kind: "user"; readonly name: string }
    | { readonly kind: "group"; readonly name: "users" };
  readonly level: PermissionLevel;
};

/**
 * Principals, tokens and grants. Tokens are random, and only their hashes are stored. A change takes effect once it is
 * acknowledged, in all processes that share the database.
 */
export type WorkspaceStore = {
  /** Creates the principal if missing, by default as `user`. A given role replaces its current one. */
  ensurePrincipal(name: string, role?: WorkspaceRole): Promise<WorkspacePrincipal>;
  /** Like `ensurePrincipal`, but makes the first principal of the workspace an `admin` by default. */
  enrol(name: string, role?: WorkspaceRole): Promise<EnrolledPrincipal>;
  /**
   * Throws `RESOURCE_DOES_NOT_EXIST` for an unknown principal, `INVALID_PARAMETER_VALUE` for a lifetime out of range, and
   * `UNAUTHENTICATED` when the parent token is invalid or belongs to another principal.
   */
  createToken(input: NewToken): Promise<IssuedToken>;
  /**
   * Returns a token that is valid for an hour, but no longer than the given one, and is revoked with it. Throws
   * `UNAUTHENTICATED` when `value` is invalid or is itself an exchanged token.
   */
  exchangeToken(value: string): Promise<IssuedToken & { readonly holder: TokenHolder }>;
  /** Returns the token's holder. Throws `UNAUTHENTICATED` and the reason for an unknown, expired or revoked token. */
  authenticate(value: string): Promise<TokenHolder>;
  /** Lists valid tokens of one or all principals, oldest first, without exchanged ones. */
  listTokens(principalName?: string): Promise<readonly TokenInfo[]>;
  /**
   * Revokes a token and all tokens derived from it, at any depth, in one transaction. Throws `RESOURCE_DOES_NOT_EXIST` for an
   * unknown token and for a token that is not the given principal's.
   */
  revokeToken(tokenId: string, principalName?: string): Promise<void>;
  /**
   * Returns, in order, which of the references a principal may see because of any grant to it or to all `users`. Any grant on a
   * registered model counts as `CAN_READ` on the files of its versions.
   */
  findVisible(principalName: string, references: readonly Reference[]): Promise<readonly boolean[]>;
  /**
   * Throws unless the caller has all permissions that it needs: `RESOURCE_DOES_NOT_EXIST` for something missing,
   * `PERMISSION_DENIED` for an insufficient level, `INVALID_PARAMETER_VALUE` for an experiment id that is not a number.
   */
  check(caller: Caller): Promise<void>;
  /** Throws `RESOURCE_DOES_NOT_EXIST` for an unknown resource. */
  listGrants(resource: Resource): Promise<readonly Grant[]>;
  /** Adds grants or replaces all. Throws `RESOURCE_DOES_NOT_EXIST` for an unknown resource or principal. */
  putGrants(resource: Resource, grants: readonly Grant[], mode: "add" | "replace"): Promise<void>;
};
