import { type ReactNode, useEffect, useState } from "react";
import { copyText } from "../lib/copy-text.ts";
import { Icon } from "./icon.tsx";

/** Long enough to be read, short enough that a second copy shows again. */
const FEEDBACK_MS = 1600;

type CopyButtonProps = {
  readonly text: string;
  /** What is copied, for the button's name: `Copy Full Path`. */
  readonly what: string;
  /** Shows the words beside the icon. */
  readonly labelled?: boolean;
};

/** Copies a text and says whether that worked. */
export function CopyButton({ text, what, labelled = false }: CopyButtonProps): ReactNode {
  const [outcome, setOutcome] = useState<"copied" | "failed" | undefined>();

  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), FEEDBACK_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = (): void => {
    void copyText(text).then((done) => setOutcome(done ? "copied" : "failed")); // Never rejects.
  };
  const status = outcome === "copied" ? "Copied" : "Select and copy by hand";
  return (
    <button
      type="button"
      className={labelled ? "button button-small" : "icon-button"}
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={outcome === undefined ? `Copy ${what}` : status}
      data-outcome={outcome}
    >
      <Icon name={outcome === "copied" ? "check" : "copy"} size={14} />
      {labelled && <span aria-hidden="true">{outcome === undefined ? "Copy" : status}</span>}
      <span className="visually-hidden" role="status">
        {outcome === undefined ? "" : status}
      </span>
    </button>
  );
}
