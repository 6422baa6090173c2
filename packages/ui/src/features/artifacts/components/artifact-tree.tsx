import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Icon } from "../../../components/icon.tsx";
import { messageOf } from "../../../lib/error-text.ts";
import { formatBytes } from "../../../lib/format-bytes.ts";
import { folderQuery } from "../api/artifact-queries.ts";
import { type ArtifactPlace, type ArtifactRoot, baseName, modelsIn, ownFiles } from "../artifact-root.ts";

export type TreeProps = {
  /** Models whose files stand among a run's own. */
  readonly models: readonly ArtifactRoot[];
  readonly selected: ArtifactPlace;
  readonly isOpen: (place: ArtifactPlace) => boolean;
  readonly onToggle: (place: ArtifactPlace) => void;
  readonly onSelect: (place: ArtifactPlace) => void;
};

type ArtifactTreeProps = TreeProps & { readonly place: ArtifactPlace; readonly label: string };

/** A folder with what is in it; its entries are listed when it is opened for the first time. */
export function ArtifactTree({ place, label, ...tree }: ArtifactTreeProps): ReactNode {
  const open = tree.isOpen(place);
  const isModelRoot = place.path === "" && place.root.kind === "model";
  return (
    <li>
      <div className="tree-line" data-selected={isSame(place, tree.selected) || undefined}>
        <button
          type="button"
          className="expander"
          aria-expanded={open}
          aria-label={`${open ? "Close" : "Open"} ${label}`}
          onClick={() => tree.onToggle(place)}
        >
          <Icon name="chevron" size={14} />
        </button>
        <button
          type="button"
          className="tree-name"
          aria-current={isSame(place, tree.selected) || undefined}
          onClick={() => tree.onSelect(place)}
          onDoubleClick={() => tree.onToggle(place)}
        >
          <Icon name={isModelRoot ? "model" : "folder"} size={14} />
          <span>{label}</span>
          {isModelRoot && <span className="chip">logged model</span>}
        </button>
      </div>
      {open && <FolderEntries place={place} {...tree} />}
    </li>
  );
}

function FolderEntries({ place, ...tree }: TreeProps & { readonly place: ArtifactPlace }): ReactNode {
  const query = useQuery(folderQuery(place));
  if (query.isError) return <p className="tree-note">{messageOf(query.error)}</p>;
  if (query.data === undefined) return <p className="tree-note muted">Loading…</p>;
  const { files, isCut } = query.data;
  const models = modelsIn(place, tree.models);
  if (files.length === 0 && models.length === 0) return <p className="tree-note muted">Empty</p>;
  return (
    <ul className="tree-children">
      {models.map((root) => (
        <ArtifactTree key={root.id} place={{ root, path: "" }} label={root.label} {...tree} />
      ))}
      {ownFiles(files, models).map(({ path, isDir, fileSizeBytes }) => {
        const entry = { root: place.root, path };
        if (isDir) return <ArtifactTree key={path} place={entry} label={baseName(path)} {...tree} />;
        return (
          <li key={path}>
            <div className="tree-line" data-selected={isSame(entry, tree.selected) || undefined}>
              <span className="expander-space" />
              <button
                type="button"
                className="tree-name"
                aria-current={isSame(entry, tree.selected) || undefined}
                onClick={() => tree.onSelect(entry)}
              >
                <Icon name="file" size={14} />
                <span>{baseName(path)}</span>
                {fileSizeBytes !== undefined && (
                  <span className="tree-size">{formatBytes(fileSizeBytes)}</span>
                )}
              </button>
            </div>
          </li>
        );
      })}
      {isCut && <li className="tree-note muted">The folder has more; these are the first {files.length}.</li>}
    </ul>
  );
}

function isSame(a: ArtifactPlace, b: ArtifactPlace): boolean {
  return a.path === b.path && a.root.kind === b.root.kind && a.root.id === b.root.id;
}
