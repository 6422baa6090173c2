import { encodeArtifactPath } from "@flightdeck/artifacts";
import type { EndpointName } from "@flightdeck/protocol";
import type { PermissionLevel } from "@flightdeck/store";
import { parseDbfsPath } from "../dbfs/dbfs-path.ts";
import { type Needed, referenceOfUri } from "./references-of.ts";

/** Calls that look into DBFS by path: clients of a workspace read the artifacts of runs so. */
const LOOKING: ReadonlySet<EndpointName> = new Set<EndpointName>(["getDbfsStatus", "listDbfs", "readDbfs"]);

/**
 * What must be held on a place in DBFS: what lies with an experiment is as open as that, and the files of a version may
 * be read by whoever may see its model; all else is the admins'.
 */
export function dbfsNeeded(path: string, level: PermissionLevel): readonly Needed[] {
  const reference = referenceOfUri(`dbfs:/${encodeArtifactPath(path)}`);
  const or = { kind: "version-files", uri: `dbfs:/${path}` } as const;
  return reference === undefined ? [] : [{ reference, level, or }];
}

/** As `dbfsNeeded`, of a call of the endpoint table that looks into DBFS; undefined for every other. */
export function dbfsNeededFor(name: EndpointName, input: unknown): readonly Needed[] | undefined {
  if (!LOOKING.has(name)) return undefined;
  const path: unknown = typeof input === "object" && input !== null ? Reflect.get(input, "path") : undefined;
  return typeof path === "string" ? dbfsNeeded(parseDbfsPath(path), "CAN_READ") : [];
}
