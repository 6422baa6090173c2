import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { formatBytes } from "../../lib/format.ts";
import { messageOf } from "../../lib/mlflow-text.ts";
import { ArtifactDetails } from "./artifact-details.tsx";
import { folderQuery } from "./artifact-queries.ts";
import {
  type ArtifactPlace,
  type ArtifactRoot,
  baseName,
  formatPlace,
  modelsIn,
  ownFiles,
  parsePlace,
  pathAndParents,
} from "./artifact-root.ts";

const NO_MODELS: readonly ArtifactRoot[] = [];

type ArtifactBrowserProps = {
  readonly root: ArtifactRoot;
  /**
   * Models logged by the run whose root this is. They appear as folders among its own and have their own Full Paths.
   */
  readonly models?: readonly ArtifactRoot[];
  /** The selected file or folder, as in the address. */
  readonly selected: string | undefined;
  readonly onSelect: (selected: string) => void;
};

/** The folder tree on the left; the Full Path and a preview of the selection on the right. */
export function ArtifactBrowser({
  root,
  models = NO_MODELS,
  selected,
  onSelect,
}: ArtifactBrowserProps): ReactNode {
  const place = parsePlace(selected ?? "", [root, ...models]);
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());

  const openAtFirst = placesOnTheWay(place);
  const isOpen = (other: ArtifactPlace): boolean => {
    const key = formatPlace(other);
    return toggled.get(key) ?? (openAtFirst.has(key) || (other.path === "" && other.root === root));
  };
  const toggle = (other: ArtifactPlace): void =>
    setToggled((before) => new Map(before).set(formatPlace(other), !isOpen(other)));
  return (
    <div className="artifacts">
      <nav className="artifact-tree" aria-label="Artifacts">
        <ul>
          <ArtifactTree
            place={{ root, path: "" }}
            label={root.label}
            models={models}
            selected={place}
            isOpen={isOpen}
            onToggle={toggle}
            onSelect={(next) => onSelect(formatPlace(next))}
          />
        </ul>
      </nav>
      <ArtifactDetails
        key={formatPlace(place)}
        place={place}
        models={models}
        onSelect={(next) => onSelect(formatPlace(next))}
      />
    </div>
  );
}

function placesOnTheWay({ root, path }: ArtifactPlace): ReadonlySet<string> {
  return new Set(["", ...pathAndParents(path)].map((step) => formatPlace({ root, path: step })));
}

export type TreeProps = {
  /** Models whose files appear among the run's own. */
  readonly models: readonly ArtifactRoot[];
  readonly selected: ArtifactPlace;
  readonly isOpen: (place: ArtifactPlace) => boolean;
  readonly onToggle: (place: ArtifactPlace) => void;
  readonly onSelect: (place: ArtifactPlace) => void;
};

type ArtifactTreeProps = TreeProps & { readonly place: ArtifactPlace; readonly label: string };

/** A folder and its contents, which are listed when it is first opened. */
function ArtifactTree({ place, label, ...tree }: ArtifactTreeProps): ReactNode {
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
