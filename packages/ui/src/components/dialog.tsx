import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./icon.tsx";

type DialogProps = { readonly title: string; readonly onClose: () => void; readonly children: ReactNode };

/** A modal window. The browser keeps the focus inside, closes on Escape and returns the focus afterwards. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  useEffect(() => {
    element.current?.showModal();
    // Without a field the browser's own choice stands: the button that closes.
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
