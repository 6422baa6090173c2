import { type ReactNode, useState } from "react";
import { Icon } from "../../../components/icon.tsx";
import { Popover } from "../../../components/popover.tsx";
import { SearchField } from "../../../components/search-field.tsx";
import type { ColumnSummary } from "../column-choice.ts";
import type { ColumnChoice } from "../hooks/use-column-choice.ts";
import { ATTRIBUTE_COLUMNS } from "../run-columns.ts";

/** More boxes than this are slow to open and long to read; the search finds the others. */
const BOXES_SHOWN_MAX = 200;

type ColumnPickerProps = { readonly summary: ColumnSummary; readonly choice: ColumnChoice };

/** Which columns the table shows. The choice is remembered for the experiment and kept in the address. */
export function ColumnPicker({ summary, choice }: ColumnPickerProps): ReactNode {
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
          {choice.isChosen ? "Back to what differs" : "Showing what differs"}
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

/** A new column goes behind its group's last one, so that groups stay together. */
function toggled(ids: readonly string[], id: string): readonly string[] {
  if (ids.includes(id)) return ids.filter((shown) => shown !== id);
  const group = id.slice(0, id.indexOf(".") + 1);
  const last = ids.findLastIndex((shown) => shown.startsWith(group));
  return last < 0 ? [...ids, id] : ids.toSpliced(last + 1, 0, id);
}
