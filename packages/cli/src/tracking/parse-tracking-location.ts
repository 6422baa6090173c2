import { AppError } from "@flightdeck/core";

/** Where experiments are tracked: on a server, or in a data folder that a command opens itself. */
export type TrackingLocation =
  | { readonly kind: "server"; readonly trackingUri: string }
  /** A workspace that the environment or a profile names. */
  | { readonly kind: "databricks"; readonly trackingUri: string }
  | { readonly kind: "embedded"; readonly dataDir: string; readonly backendStoreUri?: string };

/**
 * Parses a tracking URI as `MLFLOW_TRACKING_URI` holds it. None means the data folder; a path or `file:` URI is a data
 * folder; a database URI is opened with artifacts in the data folder.
 *
 * @example
 * ```ts
 * parseTrackingLocation("http://127.0.0.1:5000", ".flightdeck"); // { kind: "server", … }
 * ```
 */
export function parseTrackingLocation(trackingUri: string | undefined, dataDir: string): TrackingLocation {
  if (trackingUri === undefined || trackingUri === "") return { kind: "embedded", dataDir };
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):/i.exec(trackingUri)?.groups?.["scheme"]?.toLowerCase();
  if (trackingUri === "databricks" || scheme === "databricks") return { kind: "databricks", trackingUri };
  if (scheme === "http" || scheme === "https") return { kind: "server", trackingUri };
  if (scheme === undefined) return { kind: "embedded", dataDir: trackingUri };
  if (scheme === "file") return { kind: "embedded", dataDir: trackingUri.replace(/^file:\/*/i, "/") };
  if (/^(sqlite|postgres(ql)?(\+\w+)?)$/.test(scheme)) {
    return { kind: "embedded", dataDir, backendStoreUri: trackingUri };
  }
  const allowed =
    "an http(s) address, a path, sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE";
  throw new AppError("INVALID_PARAMETER_VALUE", `tracking URI must be ${allowed}, got "${trackingUri}"`);
}
