import { type FormEvent, type ReactNode, useEffect, useId, useState } from "react";
import { Icon } from "../../../components/icon.tsx";
import { FilterError } from "./filter-error.tsx";

type FilterBoxProps = {
  /** The filter in force. */
  readonly filter: string;
  readonly onApply: (filter: string) => void;
  /** Why the server refused the filter in force. */
  readonly error?: unknown;
};

/** A box for MLflow's filter grammar. Enter applies; what the server says against it stands below. */
export function FilterBox({ filter, onApply, error }: FilterBoxProps): ReactNode {
  const id = useId();
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onApply(text.trim());
  };
  const isRefused = error !== undefined;
  return (
    <form className="filter-box" role="search" onSubmit={submit}>
      <div className="search-field">
        <Icon name="search" size={14} />
        <input
          className="input filter-input"
          aria-label="Filter runs"
          aria-invalid={isRefused}
          aria-describedby={isRefused ? `${id}-error` : undefined}
          placeholder='metrics.accuracy > 0.8 and params.max_depth = "8"   (press / to type)'
          value={text}
          onChange={(event) => setText(event.target.value)}
          data-primary-filter=""
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
        />
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
