import { parseArtifactUri } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";

/** Schemes of storage that clients reach themselves; this server stores such a URI and never opens it. */
export const FOREIGN_SCHEMES: readonly string[] = ["gs", "wasbs", "abfss", "r2", "b2", "oss", "hdfs"];

/** Refuses an experiment's artifact location that is no place for artifacts. */
export function checkArtifactLocation(location: string): void {
  if (/[#;]/.test(location)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "'artifact_location' URL can't include fragments or params.",
    );
  }
  const uri = parseArtifactUri(location);
  if (uri.kind === "runs" || uri.kind === "models") {
    const message = `Artifact location cannot be a ${uri.kind}:/ URI. Given: '${location}'`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (uri.kind === "other" && !FOREIGN_SCHEMES.includes(uri.scheme)) {
    const allowed = ["mlflow-artifacts", "file", "http", "https", "s3", "dbfs", ...FOREIGN_SCHEMES].join(
      ", ",
    );
    const message = `artifact_location has the scheme '${uri.scheme}', allowed are ${allowed}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
}
