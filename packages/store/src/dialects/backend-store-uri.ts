import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { AppError, messageOf } from "@flightdeck/core";

/** The address of a PostgreSQL database. Missing parts come from PostgreSQL's environment variables or defaults. */
type PostgresAddress = {
  /** A host name, an IP address, or the folder of a Unix socket. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
  readonly ssl: false | ConnectionOptions;
};

/** Whether a URI names a PostgreSQL database, with or without one of SQLAlchemy's drivers. */
export function isPostgresUri(uri: string): boolean {
  return /^postgres(ql)?(\+\w+)?:/i.test(uri);
}

/** Parses a URI as SQLAlchemy does, for example `postgresql+psycopg2://user:password@host:5432/database?sslmode=require`. */
export function parsePostgresUri(uri: string): PostgresAddress {
  const parts = URI_PARTS.exec(uri)?.groups;
  if (parts === undefined) throw unreadable(uri);
  const query = new URLSearchParams(parts["query"] ?? "");
  const unknown = [...query.keys()].find((key) => !PARAMETERS.includes(key));
  if (unknown !== undefined) {
    const message = `the backend store URI's parameters may be ${PARAMETERS.join(", ")}, got '${unknown}'`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const host = query.get("host") ?? parts["address"] ?? parts["host"];
  const port = query.get("port") ?? parts["port"];
  return {
    host: host || undefined,
    port: port ? parsePort(port) : undefined,
    user: decoded(parts["user"], uri),
    password: decoded(parts["password"], uri),
    database: decoded(parts["database"], uri),
    ssl: sslOptions(query),
  };
}

/** Masks the password in a URI for messages and logs. */
export function withoutPassword(uri: string): string {
  return uri.replace(/^(?<before>[^:]+:(?:\/\/)?[^:/?#]*):.*@/s, "$<before>:***@");
}

const URI_PARTS =
  /^[a-z0-9+]+:\/\/(?:(?<user>[^:/@]*)(?::(?<password>[^@]*))?@)?(?:\[(?<address>[^\]]+)\]|(?<host>[^/:?[\]]+))?(?::(?<port>\d*))?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/i;

const PARAMETERS: readonly string[] = ["host", "port", "sslmode", "sslrootcert"];
const SSL_MODES: readonly string[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const PORT_MAX = 65_535;

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= PORT_MAX) return port;
  throw new AppError("INVALID_PARAMETER_VALUE", `the backend store URI's port must be 1..65535, got ${text}`);
}

/** libpq's modes. The modes below `require` do not encrypt here; `require` encrypts but does not verify the server. */
function sslOptions(query: URLSearchParams): PostgresAddress["ssl"] {
  const mode = query.get("sslmode") ?? "prefer";
  if (!SSL_MODES.includes(mode)) {
    const message = `sslmode must be one of ${SSL_MODES.join(", ")}, got '${mode}'`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (["disable", "allow", "prefer"].includes(mode)) return false;
  if (mode === "require") return { rejectUnauthorized: false };
  const file = query.get("sslrootcert");
  const checks = mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {};
  return { ...checks, ...(file !== null && { ca: readCertificate(file) }) };
}

function readCertificate(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new AppError("IO_ERROR", `cannot read sslrootcert: ${messageOf(error)}`, { cause: error });
  }
}

/** Decodes one part of the URI. An empty part counts as missing. */
function decoded(text: string | undefined, uri: string): string | undefined {
  if (!text) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable(uri);
  }
}

function unreadable(uri: string): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `the backend store URI must be postgresql://user:password@host:port/database, with other characters of a name or password percent-encoded, got '${withoutPassword(uri)}'`,
  );
}

/** The file named by a URI, parsed as by SQLAlchemy: `sqlite:///` and a path, which is absolute with a fourth slash. */
export function sqlitePath(uri: string): string {
  const [, path] = /^sqlite:\/\/\/(.+)$/.exec(uri) ?? [];
  if (path === undefined || path === ":memory:") {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `the backend store URI must be sqlite:///relative.db or sqlite:////absolute.db or postgresql://user:password@host:port/database, got '${withoutPassword(uri)}'`,
    );
  }
  return path;
}
