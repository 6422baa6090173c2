import type { ReactNode } from "react";

/** Aliases as MLflow writes them, with an @ before. */
export function AliasChips({ aliases }: { readonly aliases: readonly string[] }): ReactNode {
  return (
    <span className="chips">
      {aliases.map((alias) => (
        <span key={alias} className="chip chip-accent">
          @{alias}
        </span>
      ))}
    </span>
  );
}
