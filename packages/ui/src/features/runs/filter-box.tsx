import { useQuery } from "@tanstack/react-query";
import {
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { Icon } from "../../components/icon.tsx";
import { messageOf } from "../../lib/mlflow-text.ts";
import { shownText } from "../../lib/names.ts";
import {
  correctionOf,
  locateFilterError,
  placeInFilter,
  type Suggestion,
  suggestionsAt,
  unquoted,
} from "./filter-completion.ts";
import { type RunKeys, runKeysQuery, runValuesQuery } from "./run-queries.ts";

type FilterBoxProps = {
  readonly experimentId: string;
  /** The current filter. */
  readonly filter: string;
  readonly onApply: (filter: string) => void;
  /** Why the server rejected the current filter. */
  readonly error?: unknown;
};

/**
 * A box for MLflow's filter grammar. Suggests keys, comparisons and values as the user types; the arrow keys select
 * one, Enter applies. The server's error message appears below.
 */
export function FilterBox({ experimentId, filter, onApply, error }: FilterBoxProps): ReactNode {
  const id = useId();
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  const input = useRef<HTMLInputElement>(null);
  const completion = useCompletion(experimentId, text);
  const { suggestions, active } = completion;
  const take = ({ start, end, text: inserted }: Suggestion): void => {
    setText(text.slice(0, start) + inserted + text.slice(end));
    completion.typing(start + inserted.length);
    input.current?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (suggestions.length === 0) return;
    const chosen = suggestions[active];
    if (event.key === "ArrowDown") completion.move(1);
    else if (event.key === "ArrowUp") completion.move(-1);
    else if (event.key === "Escape") completion.close();
    else if ((event.key === "Enter" || event.key === "Tab") && chosen !== undefined) take(chosen);
    else return;
    event.preventDefault();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    completion.close();
    onApply(text.trim());
  };
  const isRefused = error !== undefined;
  return (
    <form className="filter-box" role="search" onSubmit={submit}>
      <div className="search-field">
        <Icon name="search" size={14} />
        <input
          ref={input}
          className="input filter-input"
          role="combobox"
          aria-label="Filter runs"
          aria-invalid={isRefused}
          aria-describedby={isRefused ? `${id}-error` : undefined}
          aria-autocomplete="list"
          aria-expanded={suggestions.length > 0}
          aria-controls={suggestions.length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
          placeholder='metrics.accuracy > 0.8 and params.max_depth = "8"   (press / to type)'
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            completion.typing(target.selectionStart ?? target.value.length);
          }}
          onKeyDown={onKey}
          onBlur={completion.close}
          data-primary-filter=""
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
        />
        {suggestions.length > 0 && (
          <ul className="completions" id={`${id}-list`} role="listbox" aria-label="Suggestions">
            {suggestions.map((suggestion, index) => (
              <li
                key={suggestion.label}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === active}
                // Keep the focus in the box.
                onPointerDown={(event) => {
                  event.preventDefault();
                  take(suggestion);
                }}
              >
                <bdi>{shownText(suggestion.label)}</bdi>
                <span className="muted">{suggestion.hint}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      {text.trim() !== filter && (
        <button type="submit" className="button button-primary">
          Apply
        </button>
      )}
      {filter !== "" && (
        <button type="button" className="button" onClick={() => onApply("")}>
          Clear
        </button>
      )}
      {isRefused && <FilterError id={`${id}-error`} filter={filter} error={error} />}
    </form>
  );
}

type Completion = {
  readonly suggestions: readonly Suggestion[];
  /** The suggestion that Enter takes; -1 for none, so that Enter applies the filter. */
  readonly active: number;
  readonly move: (step: 1 | -1) => void;
  /** Called when the user has typed, with the position of the caret. */
  readonly typing: (caret: number) => void;
  readonly close: () => void;
};

const NO_KEYS: RunKeys = { metrics: [], params: [], tags: [] };

/** Suggestions at the caret; none until the user types. */
function useCompletion(experimentId: string, text: string): Completion {
  const [caret, setCaret] = useState<number | undefined>();
  const [active, setActive] = useState(-1);
  const place = caret === undefined ? undefined : placeInFilter(text.slice(0, caret));
  const keys = useQuery({ ...runKeysQuery(experimentId), enabled: place !== undefined }).data ?? NO_KEYS;
  const field = place?.expects === "value" ? place.field : undefined;
  const kind = field?.group === "tags" ? "tags" : "params";
  const values = useQuery({
    ...runValuesQuery(experimentId, kind, field?.key ?? "", unquoted(place?.typed ?? "")),
    enabled: field?.group === "params" || field?.group === "tags",
  }).data;
  const suggestions = place === undefined ? [] : suggestionsAt(place, keys, values ?? []);
  const shownActive = Math.min(active, suggestions.length - 1);
  return {
    suggestions,
    active: shownActive,
    move: (step) => setActive(nextIndex(shownActive, step, suggestions.length)),
    typing: (position) => {
      setCaret(position);
      setActive(-1);
    },
    close: () => setCaret(undefined),
  };
}

/** Moves through a list around its ends. From -1, outside the list, a step leads to its first or last entry. */
function nextIndex(index: number, step: 1 | -1, count: number): number {
  return index < 0 && step < 0 ? count - 1 : (index + step + count) % count;
}

type DidYouMeanProps = Pick<FilterBoxProps, "experimentId" | "filter" | "onApply">;

/** If a mistyped key makes a filter find nothing, offers the filter that was probably meant. */
export function DidYouMean({ experimentId, filter, onApply }: DidYouMeanProps): ReactNode {
  const keys = useQuery(runKeysQuery(experimentId)).data;
  const correction = keys && correctionOf(filter, keys);
  if (correction === undefined) return null;
  return (
    <p>
      No run has <code>{shownText(correction.wrong)}</code>. Did you mean{" "}
      <button type="button" className="button-link" onClick={() => onApply(correction.filter)}>
        {shownText(correction.right)}
      </button>
      ?
    </p>
  );
}

/** Marks the end of an incomplete filter: space for the missing word. */
const END = "\u00a0".repeat(4);

type FilterErrorProps = { readonly id: string; readonly filter: string; readonly error: unknown };

/** The server's error message, with the faulty part of the filter marked. */
function FilterError({ id, filter, error }: FilterErrorProps): ReactNode {
  const span = locateFilterError(filter, error);
  return (
    <div id={id} className="filter-error" role="alert">
      {span !== undefined && (
        <code className="filter-echo">
          {filter.slice(0, span.start)}
          <mark className="filter-fault">{filter.slice(span.start, span.end) || END}</mark>
          {filter.slice(span.end)}
        </code>
      )}
      <span>{messageOf(error)}</span>
    </div>
  );
}
