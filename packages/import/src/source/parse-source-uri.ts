import { parseArtifactUri } from "@flightdeck/artifacts";
import { AppError, assert } from "@flightdeck/core";

export type SourceUri =
  | { readonly kind: "server"; readonly uri: string }
  | { readonly kind: "postgres"; readonly uri: string }
  | { readonly kind: "sqlite"; readonly file: string }
  /** A folder, or a database file. */
  | { readonly kind: "path"; readonly path: string };

const ALLOWED =
  "sqlite:///PATH, postgresql://…, http(s)://…, or the path of a folder such as mlruns or of a database file";

/** Reads the URI of a workspace as MLflow writes tracking URIs. */
export function parseSourceUri(uri: string): SourceUri {
  const [, scheme] = /^([a-z][a-z0-9.-]+)(?:\+\w+)?:/i.exec(uri) ?? [];
  switch (scheme?.toLowerCase()) {
    case "http":
    case "https":
      return { kind: "server", uri };
    case "postgresql":
    case "postgres":
      return { kind: "postgres", uri };
    case "sqlite":
      return { kind: "sqlite", file: sqliteFile(uri) };
    case "file":
      return { kind: "path", path: filePath(uri) };
    case undefined:
      if (uri.trim() !== "") return { kind: "path", path: uri };
      break;
    default:
      break;
  }
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `the source must be ${ALLOWED}; got ${JSON.stringify(shown(uri))}`,
  );
}

function filePath(uri: string): string {
  const parsed = parseArtifactUri(uri);
  assert(parsed.kind === "file", "a file URI names a file");
  return parsed.file;
}

/** As SQLAlchemy has it: three slashes before a relative path, four before an absolute one. */
function sqliteFile(uri: string): string {
  const [, file = ""] = /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/i.exec(uri) ?? [];
  if (file !== "") return file;
  const message = `a SQLite database is sqlite:///relative.db or sqlite:////absolute.db, got ${JSON.stringify(uri)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Without what may be a password. */
function shown(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, "//…@");
}
