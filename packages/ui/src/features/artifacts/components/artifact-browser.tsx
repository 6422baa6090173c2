import { type ReactNode, useState } from "react";
import {
  type ArtifactPlace,
  type ArtifactRoot,
  formatPlace,
  parsePlace,
  pathAndParents,
} from "../artifact-root.ts";
import { ArtifactDetails } from "./artifact-details.tsx";
import { ArtifactTree } from "./artifact-tree.tsx";

const NO_MODELS: readonly ArtifactRoot[] = [];

type ArtifactBrowserProps = {
  readonly root: ArtifactRoot;
  /** The logged models of the run whose root this is: folders among its own, with Full Paths of theirs. */
  readonly models?: readonly ArtifactRoot[];
  /** The open place, as the address holds it. */
  readonly selected: string | undefined;
  readonly onSelect: (selected: string) => void;
};

/** Folders on the left; on the right the Full Path of what is selected and a look into it. */
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
