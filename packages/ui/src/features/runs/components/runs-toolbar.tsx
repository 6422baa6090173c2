import type { ReactNode } from "react";
import { Segmented } from "../../../components/segmented.tsx";
import type { ColumnSummary } from "../column-choice.ts";
import type { ColumnChoice } from "../hooks/use-column-choice.ts";
import type { Expansion } from "../hooks/use-expansion.ts";
import type { RunsAddress } from "../hooks/use-runs-address.ts";
import { ColumnPicker } from "./column-picker.tsx";
import { FilterBox } from "./filter-box.tsx";

const LAYOUTS = [
  { value: "tree", label: "Tree" },
  { value: "flat", label: "Flat" },
] as const;
const VIEWS = [
  { value: "ACTIVE_ONLY", label: "Active" },
  { value: "DELETED_ONLY", label: "Deleted" },
] as const;

type RunsToolbarProps = {
  readonly address: RunsAddress;
  /** Why the server refused the filter. */
  readonly filterError: unknown;
  readonly expansion: Expansion;
  readonly summary: ColumnSummary;
  readonly choice: ColumnChoice;
};

/** The filter on the left, how the table is laid out on the right. */
export function RunsToolbar(props: RunsToolbarProps): ReactNode {
  const { address, filterError, expansion, summary, choice } = props;
  const { search, change } = address;
  const families = Object.values(expansion.expanded);
  const allOpen = families.every(Boolean);
  return (
    <div className="toolbar">
      <FilterBox
        filter={search.filter ?? ""}
        onApply={(filter) => change({ filter: filter === "" ? undefined : filter })}
        error={filterError}
      />
      <div className="toolbar-end">
        {families.length > 0 && (
          <button type="button" className="button" onClick={() => expansion.setAll(!allOpen)}>
            {allOpen ? "Fold all" : "Unfold all"}
          </button>
        )}
        <Segmented
          label="Layout"
          options={LAYOUTS}
          value={search.layout ?? "tree"}
          onChange={(layout) => change({ layout: layout === "flat" ? layout : undefined })}
        />
        <Segmented
          label="Which runs"
          options={VIEWS}
          value={search.view ?? "ACTIVE_ONLY"}
          onChange={(view) => change({ view: view === "DELETED_ONLY" ? view : undefined })}
        />
        <ColumnPicker summary={summary} choice={choice} />
      </div>
    </div>
  );
}
