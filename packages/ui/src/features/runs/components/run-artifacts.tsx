import type { Run } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { modelArtifactRoot, runArtifactRoot } from "../../artifacts/artifact-root.ts";
import { ArtifactBrowser } from "../../artifacts/components/artifact-browser.tsx";
import { runModelsQuery } from "../../logged-models/api/logged-model-queries.ts";

const route = getRouteApi("/experiments/$experimentId/runs/$runId");

/** A run's files, and among them the files of the models that it logged. */
export function RunArtifacts({ run }: { readonly run: Run }): ReactNode {
  const { path } = route.useSearch();
  const navigate = route.useNavigate();
  const models = useQuery(runModelsQuery(run)).data;
  const root = useMemo(() => runArtifactRoot(run.info), [run.info]);
  const modelRoots = useMemo(() => (models ?? []).map(modelArtifactRoot), [models]);
  return (
    <ArtifactBrowser
      root={root}
      models={modelRoots}
      selected={path}
      // Stays on this screen.
      onSelect={(selected) => void navigate({ search: { tab: "artifacts", path: selected }, replace: true })}
    />
  );
}
