import type { ArtifactRepository } from "@flightdeck/artifacts";
import type { FileInfo } from "@flightdeck/protocol";

/** Lists as MLflow's open server does: of a file nothing, where the repository gives the file itself. */
export async function listFolderOnly(
  repository: ArtifactRepository,
  path: string,
): Promise<readonly FileInfo[]> {
  const infos = await repository.list(path);
  return infos.filter((info) => info.path !== path);
}
