import type { EndpointName } from "@flightdeck/protocol";
import type { PermissionLevel } from "@flightdeck/store";
import { parseDbfsPath } from "../dbfs/dbfs-path.ts";
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
 * and all else, which names nothing, is the admins'.
 */
export function filesNeeded(path: string, level: PermissionLevel): readonly Needed[] {
  const files = parseModelFiles(parseDbfsPath(path));
  return files === undefined ? [] : [{ reference: { kind: "registered-model", name: files.name }, level }];
}

/** As `filesNeeded`, of a call of the endpoint table; undefined for those that sign nothing. */
export function filesNeededFor(name: EndpointName, input: unknown): readonly Needed[] | undefined {
  const level = SIGNING.get(name);
  if (level === undefined) return undefined;
  const path: unknown = typeof input === "object" && input !== null ? Reflect.get(input, "path") : undefined;
  return typeof path === "string" ? filesNeeded(path, level) : [];
}
