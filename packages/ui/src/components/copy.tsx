import { type ReactNode, useEffect, useState } from "react";
import { Icon } from "./icon.tsx";

/** Long enough to read, short enough that a second copy shows it again. */
const FEEDBACK_MS = 1600;

type CopyButtonProps = {
  readonly text: string;
  /** What is copied, for the button's label: `Copy Full Path`. */
  readonly what: string;
  /** Shows the label next to the icon. */
  readonly labelled?: boolean;
};

/** Copies a text and shows whether that worked. */
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

/**
 * Copies a text to the clipboard. Returns false if the browser refuses. Pages on plain HTTP other than localhost have
 * no clipboard API, so we fall back to a selected text area and the old copy command.
 */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

type CodeSnippetProps = { readonly title: string; readonly code: string };

/** A command with a copy button. */
export function CodeSnippet({ title, code }: CodeSnippetProps): ReactNode {
  return (
    <figure className="snippet">
      <figcaption>
        {title}
        <CopyButton text={code} what={title} labelled />
      </figcaption>
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}

/** The URI by which clients find an artifact folder, with a copy button. */
export function FullPath({
  uri,
  label = "Full Path",
}: {
  readonly uri: string;
  readonly label?: string;
}): ReactNode {
  return (
    <div className="full-path">
      <span className="full-path-label">{label}</span>
      <code className="full-path-uri">{uri}</code>
      <CopyButton text={uri} what={label} />
    </div>
  );
}
