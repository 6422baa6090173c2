import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";

type CodeSnippetProps = { readonly title: string; readonly code: string };

/** A command that is ready to be copied. */
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
