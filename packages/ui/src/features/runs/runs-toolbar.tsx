import { type ReactNode, useState } from "react";
import { Popover, SearchField, Segmented } from "../../components/controls.tsx";
import { Icon } from "../../components/icon.tsx";
import type { ColumnSummary } from "./column-summary.ts";
import { FilterBox } from "./filter-box.tsx";
import { ATTRIBUTE_COLUMNS } from "./run-columns.ts";
import type { ColumnChoice, Expansion, RunsAddress } from "./use-runs.ts";

const LAYOUTS = [
  { value: "tree", label: "Tree" },
  { value: "flat", label: "Flat" },
] as const;
const VIEWS = [
  { value: "ACTIVE_ONLY", label: "Active" },
  { value: "DELETED_ONLY", label: "Deleted" },
] as const;

type RunsToolbarProps = {
  readonly experimentId: string;
  readonly address: RunsAddress;
  /** Why the server rejected the filter. */
  readonly filterError: unknown;
  readonly expansion: Expansion;
  readonly summary: ColumnSummary;
  readonly choice: ColumnChoice;
};

/** The filter on the left, the table's layout on the right. */
export function RunsToolbar(props: RunsToolbarProps): ReactNode {
  const { experimentId, address, filterError, expansion, summary, choice } = props;
  const { search, change } = address;
  const families = Object.values(expansion.expanded);
  const allOpen = families.every(Boolean);
  return (
    <div className="toolbar">
      <FilterBox
        experimentId={experimentId}
        filter={search.filter ?? ""}
        onApply={(filter) => change({ filter: filter === "" ? undefined : filter })}
        error={filterError}
      />
      <div className="toolbar-end">
        {families.length > 0 && (
          <button type="button" className="button" onClick={() => expansion.setAll(!allOpen)}>
            {allOpen ? "Collapse all" : "Expand all"}
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

/** More checkboxes are slow to open and long to read; use the search for the others. */
const BOXES_SHOWN_MAX = 200;

type ColumnPickerProps = { readonly summary: ColumnSummary; readonly choice: ColumnChoice };

/** Selects the table's columns. The choice is stored per experiment and in the address. */
function ColumnPicker({ summary, choice }: ColumnPickerProps): ReactNode {
  const [wanted, setWanted] = useState("");
  return (
    <Popover
      label="Columns"
      button={
        <>
          <Icon name="columns" size={14} /> Columns
        </>
      }
    >
      <div className="column-picker">
        <SearchField label="Search columns" value={wanted} onChange={setWanted} />
        <button
          type="button"
          className="button-link"
          disabled={!choice.isChosen}
          onClick={() => choice.choose(undefined)}
        >
          {choice.isChosen ? "Show the default columns" : "Showing the default columns"}
        </button>
        {columnGroups(summary, wanted).map(({ title, boxes }) => (
          <fieldset key={title} className="column-group">
            <legend>{title}</legend>
            {boxes.slice(0, BOXES_SHOWN_MAX).map(({ id, label }) => (
              <ColumnBox key={id} id={id} label={label} choice={choice} differs={summary.differing.has(id)} />
            ))}
            {boxes.length > BOXES_SHOWN_MAX && (
              <p className="muted">{boxes.length - BOXES_SHOWN_MAX} more; search to find them.</p>
            )}
          </fieldset>
        ))}
      </div>
    </Popover>
  );
}

type ColumnBoxProps = {
  readonly id: string;
  readonly label: string;
  readonly choice: ColumnChoice;
  readonly differs: boolean;
};

function ColumnBox({ id, label, choice, differs }: ColumnBoxProps): ReactNode {
  const isShown = choice.columnIds.includes(id);
  const toggle = (): void => choice.choose(toggled(choice.columnIds, id));
  return (
    <label className="column-box">
      <input type="checkbox" className="checkbox" checked={isShown} onChange={toggle} />
      <span>{label}</span>
      {differs && <span className="chip">differs</span>}
    </label>
  );
}

type ColumnGroup = {
  readonly title: string;
  readonly boxes: readonly { readonly id: string; readonly label: string }[];
};

function columnGroups(summary: ColumnSummary, wanted: string): readonly ColumnGroup[] {
  const attributes = Object.entries(ATTRIBUTE_COLUMNS)
    .filter(([key]) => key !== "run_name")
    .map(([key, { label }]) => ({ id: `attributes.${key}`, label }));
  const groupOf = (title: string, group: "metrics" | "params" | "tags"): ColumnGroup => ({
    title,
    boxes: summary[group].map((key) => ({ id: `${group}.${key}`, label: key })),
  });
  const groups = [
    groupOf("Metrics", "metrics"),
    groupOf("Parameters", "params"),
    groupOf("Tags", "tags"),
    { title: "Run", boxes: attributes },
  ];
  const text = wanted.toLowerCase();
  return groups
    .map(({ title, boxes }) => ({
      title,
      boxes: boxes.filter(({ label }) => label.toLowerCase().includes(text)),
    }))
    .filter(({ boxes }) => boxes.length > 0);
}

/** Adds or removes a column. A new one goes after the last of its group, to keep groups together. */
function toggled(ids: readonly string[], id: string): readonly string[] {
  if (ids.includes(id)) return ids.filter((shown) => shown !== id);
  const group = id.slice(0, id.indexOf(".") + 1);
  const last = ids.findLastIndex((shown) => shown.startsWith(group));
  return last < 0 ? [...ids, id] : ids.toSpliced(last + 1, 0, id);
}
