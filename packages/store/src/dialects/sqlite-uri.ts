import { AppError } from "@flightdeck/core";
import { withoutPassword } from "./postgres-uri.ts";

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
