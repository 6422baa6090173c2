import type { EndpointName } from "@flightdeck/protocol";
import type { PermissionLevel, Reference } from "@flightdeck/store";
import { parseDbfsPath } from "../dbfs/dbfs-path.ts";
import { parseTrackedFiles } from "../files/tracked-files.ts";
import { parseModelFiles } from "../unity-catalog/model-files.ts";
import type { Needed } from "./references-of.ts";

/** Calls of the Files API that give signed URLs, and what each gives them for. */
const SIGNING: ReadonlyMap<EndpointName, PermissionLevel> = new Map<EndpointName, PermissionLevel>([
  ["createDownloadUrl", "CAN_READ"],
  ["createUploadUrl", "CAN_EDIT"],
  ["createUploadPartUrls", "CAN_EDIT"],
  ["createAbortUploadUrl", "CAN_EDIT"],
]);

/**
 * What must be held on an absolute path of the Files API: the files of a version are as open as its registered model,
 * those of a run or a logged model as open as these, and all else, which names nothing, is the admins'.
 */
export function filesNeeded(path: string, level: PermissionLevel): readonly Needed[] {
  const checked = parseDbfsPath(path);
  const reference = modelNamed(checked) ?? trackedNamed(checked);
  return reference === undefined ? [] : [{ reference, level }];
}

function modelNamed(path: string): Reference | undefined {
  const files = parseModelFiles(path);
  return files === undefined ? undefined : { kind: "registered-model", name: files.name };
}

function trackedNamed(path: string): Reference | undefined {
  const files = parseTrackedFiles(path);
  if (files === undefined) return undefined;
  const { kind, id } = files;
  return kind === "run" ? { kind, runId: id } : { kind, modelId: id };
}

/** As `filesNeeded`, of a call of the endpoint table; undefined for those that sign nothing. */
export function filesNeededFor(name: EndpointName, input: unknown): readonly Needed[] | undefined {
  const level = SIGNING.get(name);
  if (level === undefined) return undefined;
  const path: unknown = typeof input === "object" && input !== null ? Reflect.get(input, "path") : undefined;
  return typeof path === "string" ? filesNeeded(path, level) : [];
}
