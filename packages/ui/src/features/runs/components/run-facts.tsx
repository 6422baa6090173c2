import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyButton } from "../../../components/copy-button.tsx";
import { type Fact, Facts } from "../../../components/facts.tsx";
import { formatExact } from "../../../lib/format-time.ts";
import { TimeText } from "../../../components/time-text.tsx";
import { findTagValue } from "../../../lib/tag-value.ts";
import { jobRunLink } from "../../jobs/components/job-run-link.tsx";
import { runQuery } from "../api/run-queries.ts";
import { RunDuration } from "./run-duration.tsx";

const GIT_COMMIT_SHOWN_CHARS = 10;

/** When a run ran, whose it is and where it came from. */
export function RunFacts({ run }: { readonly run: Run }): ReactNode {
  const { info } = run;
  const tag = (key: string): string | undefined => findTagValue(run.data.tags, key);
  const parentId = tag(SYSTEM_TAGS.parentRunId);
  const commit = tag(SYSTEM_TAGS.gitCommit);
  const facts: readonly (Fact | undefined)[] = [
    {
      name: "Started",
      value: (
        <>
          <TimeText timeMs={info.startTimeMs} />
          <span className="muted">{formatExact(info.startTimeMs)}</span>
        </>
      ),
    },
    { name: "Duration", value: <RunDuration info={info} /> },
    { name: "User", value: tag(SYSTEM_TAGS.user) ?? info.userId },
    optionalFact("Source", tag(SYSTEM_TAGS.sourceName)),
    optionalFact("Entry point", tag(SYSTEM_TAGS.projectEntryPoint)),
    optionalFact("Backend", tag(SYSTEM_TAGS.projectBackend)),
    optionalFact("Job run", jobRunLink(run.data.tags)),
    optionalFact(
      "Git commit",
      commit && <code title={commit}>{commit.slice(0, GIT_COMMIT_SHOWN_CHARS)}</code>,
    ),
    optionalFact(
      "Parent run",
      parentId && <ParentRunLink experimentId={info.experimentId} runId={parentId} />,
    ),
    {
      name: "Run ID",
      value: (
        <>
          <code>{info.runId}</code>
          <CopyButton text={info.runId} what="run ID" />
        </>
      ),
    },
  ];
  return <Facts facts={facts.filter((fact) => fact !== undefined)} />;
}

function optionalFact(name: string, value: ReactNode): Fact | undefined {
  return value === undefined || value === "" ? undefined : { name, value };
}

type ParentRunLinkProps = { readonly experimentId: string; readonly runId: string };

function ParentRunLink({ experimentId, runId }: ParentRunLinkProps): ReactNode {
  const parent = useQuery(runQuery(runId)).data;
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
      {parent?.info.runName ?? runId}
    </Link>
  );
}
