import { endpoints, type RequestInputOf, type ResponseOf } from "@flightdeck/protocol";
import { type CallOptions, RestClient, type RestClientOptions } from "../rest/rest-client.ts";
import { ClustersApi } from "./clusters-api.ts";
import { databricksOptions } from "./databricks-options.ts";
import { DbfsApi } from "./dbfs-api.ts";
import { FilesApi } from "./files-api.ts";
import { JobsApi } from "./jobs-api.ts";

/** A folder, an experiment, a notebook …, as the REST API describes it. */
export type WorkspaceObject = ResponseOf<typeof endpoints.getWorkspaceStatus>;

/** A token's comment and lifetime in seconds. Without a lifetime, the workspace's default applies. */
export type CreateTokenInput = RequestInputOf<typeof endpoints.createToken>;

/** A new token: its value, which is shown only once, and its metadata. */
export type CreatedToken = ResponseOf<typeof endpoints.createToken>;

/** A token without its value. Times are UTC milliseconds; an `expiry_time` of -1 means never. */
export type TokenInfoWire = CreatedToken["token_info"];

/** The current user as a SCIM resource (https://docs.databricks.com/api/workspace/currentuser). */
export type CurrentUser = ResponseOf<typeof endpoints.getCurrentUser>;

/**
 * The non-MLflow APIs of a Databricks workspace or a Flightdeck server: files, jobs, clusters, folders, tokens, with
 * the names used by databricks-sdk. Safe for concurrent use. Requests and responses are the REST API's own objects;
 * errors are those of `RestClient`.
 *
 * @example
 * ```ts
 * const workspace = new WorkspaceClient(databricksOptions("databricks://lab", process.env));
 * await workspace.dbfs.upload("dbfs:/flights.parquet", createReadStream("flights.parquet"));
 * const { run_id } = await workspace.jobs.submit(JSON.parse(await readFile("run.json", "utf8")));
 * ```
 */
export class WorkspaceClient {
  /** Without a trailing slash. */
  readonly host: string;
  /** Sends requests that have no method here, with the same login and retries. */
  readonly rest: RestClient;
  readonly currentUser: CurrentUserApi;
  readonly dbfs: DbfsApi;
  readonly files: FilesApi;
  readonly jobs: JobsApi;
  readonly clusters: ClustersApi;
  readonly workspace: WorkspaceApi;
  readonly tokens: TokensApi;

  /** By default, connects to the workspace set by the environment or the default profile. */
  constructor(options: RestClientOptions = databricksOptions("databricks", process.env)) {
    const rest = new RestClient(options);
    this.rest = rest;
    this.host = rest.baseUrl;
    this.currentUser = new CurrentUserApi(rest);
    this.dbfs = new DbfsApi(rest);
    this.files = new FilesApi(rest);
    this.jobs = new JobsApi(rest);
    this.clusters = new ClustersApi(rest);
    this.workspace = new WorkspaceApi(rest);
    this.tokens = new TokensApi(rest);
  }
}

/**
 * The Workspace API, for the folder tree of a workspace (https://docs.databricks.com/api/workspace/workspace). Paths
 * are absolute.
 */
export class WorkspaceApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async getStatus(path: string, options?: CallOptions): Promise<WorkspaceObject> {
    return await this.#rest.callWhole(endpoints.getWorkspaceStatus, { path }, options);
  }

  async list(path: string, options?: CallOptions): Promise<readonly WorkspaceObject[]> {
    const { objects } = await this.#rest.callWhole(endpoints.listWorkspace, { path }, options);
    return objects;
  }

  /** Creates a folder and its parents. Does nothing if it exists. */
  async mkdirs(path: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.makeWorkspaceFolder, { path }, options);
  }

  async delete(
    path: string,
    options: CallOptions & { readonly recursive?: boolean | undefined } = {},
  ): Promise<void> {
    const request = { path, recursive: options.recursive ?? false };
    await this.#rest.call(endpoints.deleteWorkspaceObject, request, options);
  }
}

/** The current user's tokens (https://docs.databricks.com/api/workspace/tokens). */
export class TokensApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** `token_value` is shown only once. */
  async create(input: CreateTokenInput, options?: CallOptions): Promise<CreatedToken> {
    return await this.#rest.call(endpoints.createToken, input, options);
  }

  async list(options?: CallOptions): Promise<readonly TokenInfoWire[]> {
    const { token_infos: infos } = await this.#rest.call(endpoints.listTokens, {}, options);
    return infos;
  }

  /** Revokes a token immediately. */
  async delete(tokenId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.revokeToken, { token_id: tokenId }, options);
  }
}

/** The user this client is logged in as. */
export class CurrentUserApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async me(options?: CallOptions): Promise<CurrentUser> {
    return await this.#rest.callWhole(endpoints.getCurrentUser, {}, options);
  }
}
