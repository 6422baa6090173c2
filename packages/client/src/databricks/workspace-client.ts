import { RestClient, type RestClientOptions } from "../rest/rest-client.ts";
import { ClustersApi } from "./clusters-api.ts";
import { CurrentUserApi } from "./current-user-api.ts";
import { databricksOptions } from "./databricks-options.ts";
import { DbfsApi } from "./dbfs-api.ts";
import { FilesApi } from "./files-api.ts";
import { JobsApi } from "./jobs-api.ts";
import { TokensApi } from "./tokens-api.ts";
import { WorkspaceApi } from "./workspace-api.ts";

/**
 * A Databricks workspace beside its MLflow part: files, jobs, clusters, folders, tokens, under the names that
 * databricks-sdk has for them. A workspace of Databricks or of this project. Safe for concurrent use. Requests and answers are the
 * REST API's own objects; errors are `AppError`, as `RestClient` has them.
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
  /** Sends what has no method here, with the same login and retries. */
  readonly rest: RestClient;
  readonly currentUser: CurrentUserApi;
  readonly dbfs: DbfsApi;
  readonly files: FilesApi;
  readonly jobs: JobsApi;
  readonly clusters: ClustersApi;
  readonly workspace: WorkspaceApi;
  readonly tokens: TokensApi;

  /** Without options: the workspace that the environment or the default profile names. */
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
