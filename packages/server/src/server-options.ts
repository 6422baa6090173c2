import type { Clock } from "@flightdeck/core";
import type { WebhookPolicy } from "./webhooks/webhook-policy.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export type ServerOptions = {
  /** A name or address of this machine; `127.0.0.1` to be reached from here alone. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Holds the database and the artifacts, unless they are named otherwise. Made when it is missing. */
  readonly dataDir: string;
  /**
   * As SQLAlchemy reads it: `sqlite:////absolute/path.db`, or `postgresql://user:password@host:port/database`, which any
   * number of servers may share. Default: `flightdeck.db` in the data folder.
   */
  readonly backendStoreUri?: string;
  /** Where artifacts behind the proxy are stored: a folder. Default: `artifacts` in the data folder. */
  readonly artifactsDestination?: string;
  /** What new experiments get as their artifact location's root. Default: `mlflow-artifacts:/`, the proxy. */
  readonly defaultArtifactRoot?: string;
  /**
   * Where experiments made by clients of a Databricks workspace keep artifacts: `dbfs:/databricks/mlflow`, the default, or
   * `dbfs:/databricks/mlflow-tracking`, by which those of MLflow 3 use the Files API and older ones signed URLs.
   */
  readonly workspaceArtifactRoot?: string;
  /** The page's build. Without one, a line says how to make it. */
  readonly pageDir?: string;
  /** Names that the server is reached by, beside its own: `name`, `name:port`, `*.domain`, or `*` for any. */
  readonly allowedHosts?: readonly string[];
  /**
   * Who may use it. `none`: everybody who reaches it; must be said where others than this machine's users can, that is
   * with a `host` other than loopback. `token`: who sends a token of the workspace, and then what was granted to its
   * owner. Default: `none`.
   */
  readonly auth?: "none" | "token";
  /** Where webhooks may be sent to. Default: by https, to addresses of the public internet alone. */
  readonly webhooks?: Partial<WebhookPolicy> & {
    /** What webhooks' secrets are sealed with. Default: a key of its own in the data folder. */
    readonly secretKey?: string;
  };
  /** Jobs of the workspace, which run any command as the server's own user. */
  readonly jobs?: {
    /** How many run at a time; 0 only queues them, for another server to run. Default: the number of cores. */
    readonly maxParallel?: number;
    /**
     * Lets everybody who reaches a server without `auth: "token"` submit them, other users of this machine included. Else
     * that needs an admin's token there too.
     */
    readonly allow?: boolean;
  };
  /** Default: `info`. Logs go to standard error, as JSON lines. */
  readonly logLevel?: LogLevel;
  readonly clock?: Clock;
};
