import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icon.tsx";

type SearchFieldProps = {
  /** Placeholder and accessible name. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Marks the field that `/` focuses. */
  readonly primary?: boolean;
};

/** A search box that filters as the user types. */
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

type Option<TValue extends string> = { readonly value: TValue; readonly label: string };

type SegmentedProps<TValue extends string> = {
  readonly label: string;
  readonly options: readonly Option<TValue>[];
  readonly value: TValue;
  readonly onChange: (value: TValue) => void;
};

/** A choice of a few options, all visible. */
export function Segmented<TValue extends string>(props: SegmentedProps<TValue>): ReactNode {
  const { label, options, value, onChange } = props;
  return (
    <div className="segmented" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

type PopoverProps = {
  readonly button: ReactNode;
  /** For an icon button in a corner. */
  readonly isSmall?: boolean;
  readonly label: string;
  readonly children: ReactNode;
};

/** A button that opens a small popup below itself. Escape or a click outside closes it. */
export function Popover({ button, isSmall = false, label, children }: PopoverProps): ReactNode {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const onPress = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [open]);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    trigger.current?.focus();
  };
  return (
    <div className="popover" ref={root} onKeyDown={onKey}>
      <button
        ref={trigger}
        type="button"
        className={isSmall ? "icon-button" : "button"}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div id={id} className="popover-body" role="group" aria-label={label}>
          {children}
        </div>
      )}
    </div>
  );
}

type DialogProps = { readonly title: string; readonly onClose: () => void; readonly children: ReactNode };

/** A modal dialog. The browser traps the focus, closes it on Escape and restores the focus afterwards. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  useEffect(() => {
    element.current?.showModal();
    // Without a field, the browser focuses the close button.
    element.current?.querySelector("input")?.focus();
  }, []);
  return (
    <dialog ref={element} className="dialog" aria-labelledby={headingId} onClose={onClose}>
      <div className="dialog-head">
        <h2 id={headingId}>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
