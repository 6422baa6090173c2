import { type FileInfo, fileInfoToWire, type FileInfoWire, LIMITS } from "@flightdeck/protocol";

type ArtifactPageWire = { files: FileInfoWire[]; next_page_token?: string };

/**
 * One page of a sorted listing. The token is the path that the page before ended with, so pages stay right when
 * artifacts come and go between them.
 */
export function artifactPage(infos: readonly FileInfo[], pageToken: string | undefined): ArtifactPageWire {
  const rest = pageToken === undefined ? infos : infos.filter((info) => info.path > pageToken);
  const page = rest.slice(0, LIMITS.artifactListEntriesMax);
  const last = page.at(-1);
  const files = page.map(fileInfoToWire);
  return last === undefined || page.length === rest.length
    ? { files }
    : { files, next_page_token: last.path };
}
