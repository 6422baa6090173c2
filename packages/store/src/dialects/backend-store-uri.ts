import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { AppError, messageOf } from "@flightdeck/core";

/** Where a PostgreSQL database is. What is left out is PostgreSQL's default, or its environment variable's. */
type PostgresAddress = {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
  readonly ssl: false | ConnectionOptions;
};

/** Whether a URI is PostgreSQL's, in its own spelling or with one of SQLAlchemy's drivers. */
export function isPostgresUri(uri: string): boolean {
  return /^postgres(ql)?(\+\w+)?:/i.test(uri);
}

/** The parts of a URI as SQLAlchemy reads it, `postgresql+psycopg2://user:password@host:5432/database?sslmode=require`. */
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

/** The URI for messages and logs, without its password. */
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

/** libpq's modes: those below `require` do without encryption here, `require` does not ask who answers. */
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

/** A part of the URI; one that is empty counts as left out. */
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

/** The file in a URI as SQLAlchemy reads it: `sqlite:///` and a path, absolute with a fourth slash. */
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
