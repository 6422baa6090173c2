import { useMemo, useState } from "react";
import { readLocalSetting, writeLocalSetting } from "../../../lib/local-setting.ts";
import { type ColumnSummary, defaultColumnIds } from "../column-choice.ts";
import { formatColumnIds, parseColumnIds } from "../runs-search.ts";

export type ColumnChoice = {
  readonly columnIds: readonly string[];
  /** False while the page itself chooses what differs. */
  readonly isChosen: boolean;
  /** Undefined gives the choice back to the page. */
  readonly choose: (columnIds: readonly string[] | undefined) => void;
};

type ColumnChoiceInput = {
  readonly experimentId: string;
  /** The address's columns; a link wins over what this reader chose before. */
  readonly cols: string | undefined;
  readonly summary: ColumnSummary;
  readonly onChange: (cols: string | undefined) => void;
};

/** The table's columns: those of the address, else those last chosen for this experiment, else what differs. */
export function useColumnChoice({ experimentId, cols, summary, onChange }: ColumnChoiceInput): ColumnChoice {
  const setting = `columns.${experimentId}`;
  const [remembered, setRemembered] = useState(() => readLocalSetting(setting));
  const chosen = cols ?? remembered;
  const columnIds = useMemo(
    () => (chosen === undefined ? defaultColumnIds(summary) : parseColumnIds(chosen)),
    [chosen, summary],
  );
  const choose = (ids: readonly string[] | undefined): void => {
    const text = ids && formatColumnIds(ids);
    writeLocalSetting(setting, text);
    setRemembered(text);
    onChange(text);
  };
  return { columnIds, isChosen: chosen !== undefined, choose };
}
