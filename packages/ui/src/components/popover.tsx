import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

type PopoverProps = {
  readonly button: ReactNode;
  readonly label: string;
  readonly children: ReactNode;
};

/** A button that opens a small surface below itself; Escape and a click elsewhere close it. */
export function Popover({ button, label, children }: PopoverProps): ReactNode {
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
        className="button"
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
