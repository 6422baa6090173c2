import type { Clock } from "@flightdeck/core";
import type { WebhookPolicy } from "./events/webhook-url.ts";
import type { LogFormat, LogLevel } from "./http/open-logger.ts";
import type { JobOptions } from "./jobs/job-runner.ts";

/** Options of `startServer`. They are checked at startup; an invalid one throws `INVALID_PARAMETER_VALUE`. */
export type ServerOptions = {
  /** The hostname or address to listen on. With `127.0.0.1`, only this machine can reach the server. */
  readonly host: string;
  /** 0 to 65535; 0 picks a free port. */
  readonly port: number;
  /** The folder for the database and the artifacts, unless they are configured separately. Created if missing. */
  readonly dataDir: string;
  /**
   * The database, in SQLAlchemy's format: `sqlite:////absolute/path.db`, or
   * `postgresql://user:password@host:port/database`, which any number of servers may share. Default: `flightdeck.db` in
   * the data folder.
   */
  readonly backendStoreUri?: string | undefined;
  /**
   * Allows another server to be using the same SQLite file, for commands that briefly serve a workspace to themselves.
   * Otherwise a second server on one file is refused. Default: false.
   */
  readonly besideServer?: boolean | undefined;
  /** The folder for proxied artifacts. Default: `artifacts` in the data folder. */
  readonly artifactsDestination?: string | undefined;
  /** The root of new experiments' artifact locations. Default: `mlflow-artifacts:/`, the proxy. */
  readonly defaultArtifactRoot?: string | undefined;
  /**
   * The artifact root of experiments that clients of a Databricks workspace create: `dbfs:/databricks/mlflow`, the default,
   * or `dbfs:/databricks/mlflow-tracking`, where MLflow 3 uses the Files API and older clients use signed URLs.
   */
  readonly workspaceArtifactRoot?: string | undefined;
  /**
   * The folder of the built page, or a function that builds it, called when nothing is left to do but listen. Without a
   * page, the server answers browsers with a line that explains how to build it.
   */
  readonly pageDir?: string | (() => Promise<string>) | undefined;
  /** Additional hostnames to accept in requests: `name`, `name:port`, `*.domain`, or `*` for any. Default: none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Who may use the server. `none`: everybody who can reach it; must be set explicitly if `host` is not a loopback
   * address. `token`: anyone with a token of the workspace, with the permissions of the token's owner. Default: `none`.
   */
  readonly auth?: "none" | "token" | undefined;
  /** Where webhooks may be sent. Default: only over HTTPS, and only to addresses on the public internet. */
  readonly webhooks?: WebhookOptions | undefined;
  /** How jobs run. They run arbitrary commands as the server's own user. */
  readonly jobs?: JobOptions | undefined;
  /** Default: `info`. The log goes to standard error. */
  readonly logLevel?: LogLevel | undefined;
  /** Default: `json`. */
  readonly logFormat?: LogFormat | undefined;
  /** Calls that take at least this long are logged at level `warn`; 0 logs none. Default: 1000. */
  readonly slowCallMs?: number | undefined;
  /**
   * Lets anybody read `/metrics`, even with `auth: "token"`, which otherwise requires a token there too. Default:
   * false.
   */
  readonly openMetrics?: boolean | undefined;
  /**
   * Addresses, or networks such as `10.0.0.0/8`, of proxies whose `X-Forwarded-For` is trusted: it then gives the
   * caller's address for the audit log and for rate-limiting failed logins. Default: none.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
};

type WebhookOptions = Partial<WebhookPolicy> & {
  /** Encrypts webhook secrets. Servers that share a database need the same key. Default: a key in the data folder. */
  readonly secretKey?: string | undefined;
};
