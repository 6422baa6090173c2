import { type KeyboardEvent, type ReactNode, useEffect, useId } from "react";
import { shownText } from "../lib/names.ts";

type PageHeaderProps = {
  readonly title: string;
  /** Links to the page's parents, outermost first. */
  readonly crumbs?: readonly ReactNode[];
  /** Next to the title: a status, a count. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
};

/** A screen's heading. Also sets the title of the browser tab. */
export function PageHeader({ title, crumbs = [], beside, actions }: PageHeaderProps): ReactNode {
  useEffect(() => {
    document.title = `${shownText(title)} · Flightdeck`;
  }, [title]);
  return (
    <header className="page-header">
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumb">
          <ol className="crumbs">
            {crumbs.map((crumb, index) => (
              <li key={index}>{crumb}</li>
            ))}
          </ol>
        </nav>
      )}
      <div className="page-title">
        <h1>
          <bdi>{shownText(title)}</bdi>
        </h1>
        {beside}
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </div>
    </header>
  );
}

type PanelProps = {
  readonly title: string;
  readonly count?: number;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** A titled section of a screen. */
export function Panel({ title, count, actions, children }: PanelProps): ReactNode {
  const headingId = useId();
  return (
    <section className="panel" aria-labelledby={headingId}>
      <div className="panel-head">
        <h2 id={headingId}>{title}</h2>
        {count !== undefined && <span className="count">{count}</span>}
        {actions !== undefined && <div className="panel-actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

export type Fact = { readonly name: string; readonly value: ReactNode };

/** Short facts, each a name above a value. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="facts">
      {facts.map(({ name, value }) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

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

/** Tabs following the ARIA practices: arrow keys move, and there is a single tab stop. */
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
