import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ErrorNotice } from "../components/error-notice.tsx";
import { parseExperimentsSearch } from "../features/experiments/experiments-search.ts";
import { parseJobsSearch } from "../features/jobs/jobs-search.ts";
import { parseCompareSearch } from "../features/runs/compare-search.ts";
import { parseRunSearch } from "../features/runs/run-search.ts";
import { parseRunsSearch } from "../features/runs/runs-search.ts";
import { parseModelsSearch } from "../features/registered-models/models-search.ts";
import { NotFound } from "./not-found.tsx";
import { Shell } from "./shell.tsx";

// Addresses are MLflow's, after the hash, so that the links which its clients print open the right screen.
const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/experiments" });
  },
});

export const experimentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments",
  validateSearch: parseExperimentsSearch,
  component: lazyRouteComponent(
    () => import("../features/experiments/components/experiments-page.tsx"),
    "ExperimentsPage",
  ),
});

export const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId",
  validateSearch: parseRunsSearch,
  component: lazyRouteComponent(() => import("../features/runs/components/runs-page.tsx"), "RunsPage"),
});

export const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId/compare",
  validateSearch: parseCompareSearch,
  component: lazyRouteComponent(() => import("../features/runs/components/compare-page.tsx"), "ComparePage"),
});

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId/runs/$runId",
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import("../features/runs/components/run-page.tsx"), "RunPage"),
});

export const loggedModelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId/models/$modelId",
  component: lazyRouteComponent(
    () => import("../features/logged-models/components/logged-model-page.tsx"),
    "LoggedModelPage",
  ),
});

export const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models",
  validateSearch: parseModelsSearch,
  component: lazyRouteComponent(
    () => import("../features/registered-models/components/models-page.tsx"),
    "ModelsPage",
  ),
});

export const modelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name",
  component: lazyRouteComponent(
    () => import("../features/registered-models/components/model-page.tsx"),
    "ModelPage",
  ),
});

export const versionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name/versions/$version",
  component: lazyRouteComponent(
    () => import("../features/registered-models/components/version-page.tsx"),
    "VersionPage",
  ),
});

export const jobsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs",
  validateSearch: parseJobsSearch,
  component: lazyRouteComponent(() => import("../features/jobs/components/jobs-page.tsx"), "JobsPage"),
});

export const jobRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs/$jobId/runs/$runId",
  component: lazyRouteComponent(() => import("../features/jobs/components/job-run-page.tsx"), "JobRunPage"),
});

/** Databricks' address of the same, which its clients and people's notes have. */
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

export const router = createRouter({
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
