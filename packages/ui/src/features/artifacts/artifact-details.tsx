import type { FileInfo } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { type MouseEvent, type ReactNode, useState } from "react";
import { FullPath } from "../../components/copy.tsx";
import { Icon, type IconName } from "../../components/icon.tsx";
import { ErrorNotice, QueryView } from "../../components/query-view.tsx";
import { authorizedFetch, errorOf, useLogin } from "../../lib/authorized-fetch.ts";
import { saveFile } from "../../lib/export.ts";
import { formatBytes, formatPlural } from "../../lib/format.ts";
import { ArtifactPreview } from "./artifact-preview.tsx";
import { artifactAddress, type Folder, folderQuery } from "./artifact-queries.ts";
import {
  type ArtifactPlace,
  type ArtifactRoot,
  baseName,
  fullPath,
  modelsIn,
  ownFiles,
} from "./artifact-root.ts";

type ArtifactDetailsProps = {
  readonly place: ArtifactPlace;
  readonly models: readonly ArtifactRoot[];
  readonly onSelect: (place: ArtifactPlace) => void;
};

/** Details of the selected folder or file. The parent folder's listing says which of the two it is. */
export function ArtifactDetails({ place, models, onSelect }: ArtifactDetailsProps): ReactNode {
  const { root, path } = place;
  const parentPath = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const parent = useQuery({ ...folderQuery({ root, path: parentPath }), enabled: path !== "" });
  const file = parent.data?.files.find((entry) => entry.path === path && !entry.isDir);
  return (
    <section className="artifact-details" aria-label="Selected artifact">
      <header className="artifact-head">
        <div className="artifact-title">
          <h2>{path === "" ? root.label : baseName(path)}</h2>
          {file !== undefined && <FileActions place={place} file={file} />}
        </div>
        <FullPath uri={fullPath(place)} />
      </header>
      {path === "" ? (
        <FolderView place={place} models={models} onSelect={onSelect} />
      ) : (
        <QueryView query={parent} what="the file" skeletonCount={4}>
          {() =>
            file === undefined ? (
              <FolderView place={place} models={models} onSelect={onSelect} />
            ) : (
              <ArtifactPreview place={place} file={file} />
            )
          }
        </QueryView>
      )}
    </section>
  );
}

function FileActions({ place, file }: { readonly place: ArtifactPlace; readonly file: FileInfo }): ReactNode {
  return (
    <>
      {file.fileSizeBytes !== undefined && <span className="muted">{formatBytes(file.fileSizeBytes)}</span>}
      <DownloadLink place={place} name={baseName(file.path)} />
    </>
  );
}

function FolderView({ place, models, onSelect }: ArtifactDetailsProps): ReactNode {
  const query = useQuery(folderQuery(place));
  return (
    <QueryView query={query} what="the folder" skeletonCount={4}>
      {(folder) => (
        <FolderTable place={place} folder={folder} models={modelsIn(place, models)} onSelect={onSelect} />
      )}
    </QueryView>
  );
}

type FolderTableProps = ArtifactDetailsProps & { readonly folder: Folder };

function FolderTable({ place, folder, models, onSelect }: FolderTableProps): ReactNode {
  const files = ownFiles(folder.files, models);
  if (files.length + models.length === 0) {
    return (
      <p className="muted panel-empty">
        Nothing here. Clients put files here with log_artifact and log_text.
      </p>
    );
  }
  const bytes = files.reduce((sum, { fileSizeBytes = 0 }) => sum + fileSizeBytes, 0);
  return (
    <>
      <table className="table">
        <caption className="visually-hidden">Content of the folder</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className="number">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((root) => (
            <FolderRow
              key={root.id}
              icon="model"
              name={root.label}
              onOpen={() => onSelect({ root, path: "" })}
            />
          ))}
          {files.map(({ path, isDir, fileSizeBytes }) => (
            <FolderRow
              key={path}
              icon={isDir ? "folder" : "file"}
              name={baseName(path)}
              {...(!isDir && { sizeBytes: fileSizeBytes })}
              onOpen={() => onSelect({ root: place.root, path })}
            />
          ))}
        </tbody>
      </table>
      <p className="muted panel-empty">
        {folder.isCut ? "The first " : ""}
        {formatPlural(files.length + models.length, "item")}, {formatBytes(bytes)} in files directly here
      </p>
    </>
  );
}

type FolderRowProps = {
  readonly icon: IconName;
  readonly name: string;
  readonly sizeBytes?: number | undefined;
  readonly onOpen: () => void;
};

function FolderRow({ icon, name, sizeBytes, onOpen }: FolderRowProps): ReactNode {
  return (
    <tr>
      <th scope="row">
        <button type="button" className="button-link file-link" onClick={onOpen} data-row-link="">
          <Icon name={icon} size={14} /> {name}
        </button>
      </th>
      <td className="number muted">{sizeBytes !== undefined && formatBytes(sizeBytes)}</td>
    </tr>
  );
}

type DownloadLinkProps = { readonly place: ArtifactPlace; readonly name: string };

/** Saves a file. Without a token, the browser downloads it itself; a link cannot carry a token. */
function DownloadLink({ place, name }: DownloadLinkProps): ReactNode {
  const { token } = useLogin();
  const [error, setError] = useState<unknown>();
  const address = artifactAddress(place);
  const save = (event: MouseEvent): void => {
    if (token === undefined) return;
    event.preventDefault();
    setError(undefined);
    saveArtifact(address, name).catch(setError);
  };
  return (
    <>
      <a className="button button-small" href={address} download={name} onClick={save}>
        <Icon name="download" size={14} /> Download
      </a>
      {error !== undefined && <ErrorNotice error={error} what="The file was not downloaded." />}
    </>
  );
}

/** Fetches a file with the user's token, into memory, and has the browser save it. */
async function saveArtifact(address: string, name: string): Promise<void> {
  const response = await authorizedFetch(address);
  if (!response.ok) throw await errorOf(response);
  saveFile(name, await response.blob());
}
