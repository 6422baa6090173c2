import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";

/** The URI under which clients find an artifact folder, with its copy button. */
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
