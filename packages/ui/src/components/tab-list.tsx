import { type KeyboardEvent, type ReactNode, useId } from "react";

export type Tab<TName extends string> = {
  readonly name: TName;
  readonly label: string;
  readonly count?: number;
};

type TabListProps<TName extends string> = {
  readonly label: string;
  readonly tabs: readonly Tab<TName>[];
  readonly selected: TName;
  readonly onSelect: (name: TName) => void;
  /** The selected tab's content. */
  readonly children: ReactNode;
};

/** Tabs as the ARIA practices describe them: arrows move, one tab stop. */
export function TabList<TName extends string>(props: TabListProps<TName>): ReactNode {
  const { label, tabs, selected, onSelect, children } = props;
  const id = useId();
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const next = neighbour(tabs, selected, event.key);
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.name);
    document.getElementById(`${id}-${next.name}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map(({ name, label: text, count }) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            className="tab"
            aria-selected={name === selected}
            aria-controls={`${id}-panel`}
            tabIndex={name === selected ? 0 : -1}
            onClick={() => onSelect(name)}
          >
            {text}
            {count !== undefined && <span className="count">{count}</span>}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} className="tab-panel" role="tabpanel" aria-labelledby={`${id}-${selected}`}>
        {children}
      </div>
    </>
  );
}

function neighbour<TName extends string>(
  tabs: readonly Tab<TName>[],
  selected: TName,
  key: string,
): Tab<TName> | undefined {
  const index = tabs.findIndex(({ name }) => name === selected);
  if (key === "ArrowRight") return tabs[(index + 1) % tabs.length];
  if (key === "ArrowLeft") return tabs.at(index - 1);
  return undefined;
}
