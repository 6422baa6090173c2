import type { Tag } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { userTags } from "../../../lib/tag-value.ts";

/** A few tags in a row of a table. */
export function TagChips({ tags }: { readonly tags: readonly Tag[] }): ReactNode {
  return (
    <span className="chips">
      {userTags(tags).map(({ key, value }) => (
        <span key={key} className="chip" title={`${key}: ${value}`}>
          {value === "" ? key : `${key}: ${value}`}
        </span>
      ))}
    </span>
  );
}
