import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { findTagValue } from "../../lib/tag-value.ts";

/** Where the job that made a run is shown: in this page, elsewhere, or nowhere that can be told. */
export type JobRunPlace =
  | { readonly kind: "here"; readonly jobId: string; readonly jobRunId: string }
  | { readonly kind: "elsewhere"; readonly jobRunId: string; readonly url: string }
  | { readonly kind: "unknown"; readonly jobRunId: string };

const ADDRESS = /\/jobs\/(\d+)\/runs\/(\d+)$/;

/** Reads the tags by which `mlflow run -b databricks` tells of its job. Anybody may have set them to anything. */
export function findJobRunPlace(tags: readonly Tag[], serverUrl: string): JobRunPlace | undefined {
  const url = URL.parse(findTagValue(tags, SYSTEM_TAGS.databricksRunUrl) ?? "");
  const [, jobId, ofAddress] = ADDRESS.exec(url?.pathname ?? "") ?? [];
  const jobRunId = findTagValue(tags, SYSTEM_TAGS.databricksJobRunId) ?? ofAddress;
  if (jobRunId === undefined) return undefined;
  const isHere = url?.href.startsWith(`${serverUrl}/`) === true;
  if (isHere && jobId !== undefined && ofAddress !== undefined)
    return { kind: "here", jobId, jobRunId: ofAddress };
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return isWeb ? { kind: "elsewhere", jobRunId, url: url.href } : { kind: "unknown", jobRunId };
}
