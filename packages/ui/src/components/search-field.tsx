import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";

type SearchFieldProps = {
  /** Names the field for those who cannot see it; shown as the placeholder. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Marks the field that `/` focuses. */
  readonly primary?: boolean;
};

/** A search box that narrows what is shown while one types. */
export function SearchField({ label, value, onChange, primary = false }: SearchFieldProps): ReactNode {
  return (
    <div className="search-field">
      <Icon name="search" size={14} />
      <input
        type="search"
        className="input"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        data-primary-filter={primary ? "" : undefined}
        spellCheck={false}
        autoComplete="off"
      />
    </div>
  );
}
