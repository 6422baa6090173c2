import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { FullPath } from "../../../components/full-path.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { experimentQuery } from "../../experiments/api/experiment-queries.ts";
import { RunsView } from "./runs-view.tsx";

const route = getRouteApi("/experiments/$experimentId");

/** An experiment and its runs. */
export function RunsPage(): ReactNode {
  const { experimentId } = route.useParams();
  const experiment = useQuery(experimentQuery(experimentId));
  const { name = `Experiment ${experimentId}`, artifactLocation, lifecycleStage } = experiment.data ?? {};
  return (
    <div className="page page-fill">
      <PageHeader
        title={name}
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          `ID ${experimentId}`,
        ]}
        beside={lifecycleStage === "deleted" && <span className="chip">deleted</span>}
        actions={artifactLocation !== undefined && <FullPath label="Artifacts" uri={artifactLocation} />}
      />
      {experiment.isError ? (
        <ErrorNotice
          error={experiment.error}
          what="Could not load the experiment."
          onRetry={() => void experiment.refetch()} // The outcome arrives through the query.
        />
      ) : (
        <RunsView key={experimentId} experimentId={experimentId} experimentName={name} />
      )}
    </div>
  );
}
