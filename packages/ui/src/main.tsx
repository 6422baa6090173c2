import "./app/zod-without-eval.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/surfaces.css";
import "./styles/table.css";
import "./styles/runs.css";
import "./styles/run.css";
import "./styles/artifacts.css";
import "./styles/jobs.css";
import "./styles/search.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  redirect,
  RouterProvider,
} from "@tanstack/react-router";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Shell } from "./app/shell.tsx";
import { PageHeader } from "./components/layout.tsx";
import { lazyPart } from "./components/lazy-part.tsx";
import { EmptyState, ErrorNotice } from "./components/query-view.tsx";
import {
  parseCompareSearch,
  parseExperimentsSearch,
  parseJobsSearch,
  parseModelsSearch,
  parseRunSearch,
  parseRunsSearch,
} from "./lib/addresses.ts";
import { startScrollMemory } from "./lib/scroll-memory.ts";
import { startTheme } from "./lib/settings.ts";

// Addresses are MLflow's, after the hash, so that links printed by its clients open the right screen.
const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/experiments" });
  },
});

const experimentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments",
  validateSearch: parseExperimentsSearch,
  component: lazyPart(async () => (await import("./features/runs/experiments-page.tsx")).ExperimentsPage),
});

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId",
  validateSearch: parseRunsSearch,
  component: lazyPart(async () => (await import("./features/runs/runs-page.tsx")).RunsPage),
});

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId/compare",
  validateSearch: parseCompareSearch,
  component: lazyPart(async () => (await import("./features/compare/compare-page.tsx")).ComparePage),
});

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId/runs/$runId",
  validateSearch: parseRunSearch,
  component: lazyPart(async () => (await import("./features/run/run-page.tsx")).RunPage),
});

const loggedModelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId/models/$modelId",
  component: lazyPart(async () => (await import("./features/models/logged-model-page.tsx")).LoggedModelPage),
});

const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models",
  validateSearch: parseModelsSearch,
  component: lazyPart(async () => (await import("./features/models/models-page.tsx")).ModelsPage),
});

const modelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name",
  component: lazyPart(async () => (await import("./features/models/model-page.tsx")).ModelPage),
});

const versionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name/versions/$version",
  component: lazyPart(async () => (await import("./features/models/model-page.tsx")).VersionPage),
});

const jobsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs",
  validateSearch: parseJobsSearch,
  component: lazyPart(async () => (await import("./features/jobs/jobs-page.tsx")).JobsPage),
});

const jobRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs/$jobId/runs/$runId",
  component: lazyPart(async () => (await import("./features/jobs/job-run-page.tsx")).JobRunPage),
});

/** Databricks' address of the same screen, used by its clients and in people's notes. */
const formerJobRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/job/$jobId/run/$runId",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/jobs/$jobId/runs/$runId", params, replace: true });
  },
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  experimentsRoute,
  runsRoute,
  compareRoute,
  runRoute,
  loggedModelRoute,
  modelsRoute,
  modelRoute,
  versionRoute,
  jobsRoute,
  jobRunRoute,
  formerJobRunRoute,
]);

const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultPreload: "intent",
  defaultErrorComponent: ({ error, reset }) => (
    <div className="page">
      <ErrorNotice error={error} what="This screen failed." onRetry={reset} />
    </div>
  ),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** Returning to a screen within this time shows cached data; events from the server invalidate it earlier. */
const FRESH_MS = 10_000;

/** The page's query cache. It does not retry, since the client already does. */
const queryClient: QueryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: FRESH_MS, retry: false } },
});

startTheme();
startScrollMemory(router.history);

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

/** Shown for unknown addresses. */
function NotFound(): ReactNode {
  return (
    <div className="page">
      <PageHeader title="Not found" />
      <EmptyState icon="search" title="This page does not exist">
        <Link to="/experiments" className="button">
          Go to the experiments
        </Link>
      </EmptyState>
    </div>
  );
}
