import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { shownName } from "../lib/names.ts";

type RunLinkProps = {
  readonly experimentId: string;
  readonly runId: string;
  /** Undefined until it is known. */
  readonly name: string | undefined;
};

/** A link to a run, with its name or else its id. */
export function RunLink({ experimentId, runId, name = "" }: RunLinkProps): ReactNode {
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
      <bdi>{shownName(name, runId)}</bdi>
    </Link>
  );
}
