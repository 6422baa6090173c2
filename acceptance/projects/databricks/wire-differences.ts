/** A request that one of the two programs makes, and the other does not, on purpose. */
export type OneSidedCall = {
  readonly only: "stock" | "ours";
  /** Method and path. */
  readonly route: string;
  /** A fact that the request must have to be meant, as `wireCall` gives it. */
  readonly where?: { readonly fact: string; readonly is: string };
  readonly reason: string;
};

/** A fact of a request that both make, which differs on purpose. */
export type FactDifference = {
  readonly route: string;
  readonly fact: string;
  /** What it is on each side, as JSON: `ANYTHING`, or absent when it is not there. */
  readonly stock?: string;
  readonly ours?: string;
  readonly reason: string;
};

export const ANYTHING = "*";

const SET_TAG = "POST /api/2.0/mlflow/runs/set-tag";
const CREATE_RUN = "POST /api/2.0/mlflow/runs/create";
const LOG_BATCH = "POST /api/2.0/mlflow/runs/log-batch";
const GET_STATUS = "GET /api/2.0/dbfs/get-status";
const SUBMIT = "POST /api/2.0/jobs/runs/submit";

const AT_CREATION = "what is known of a run is set as it is created, so that nobody sees it without";
const NO_BODY = "a GET has no body by the fetch standard, and Databricks documents the query";
const EMPTY = "an empty list is the same as none";
const OWN_SETTINGS =
  "settings of MLflow's own that get into the cluster's definition; no workspace reads them";

export const ONE_SIDED_CALLS: readonly OneSidedCall[] = [
  {
    only: "stock",
    route: "GET /.well-known/databricks-config",
    reason: "databricks-sdk asks before every call; with a host and a token nothing in the answer is needed",
  },
  {
    only: "stock",
    route: SET_TAG,
    where: { fact: "body.key", is: '"mlflow.runName"' },
    reason: AT_CREATION,
  },
  {
    only: "stock",
    route: SET_TAG,
    where: { fact: "body.key", is: '"mlflow.project.backend"' },
    reason: AT_CREATION,
  },
];

export const FACT_DIFFERENCES: readonly FactDifference[] = [
  { route: CREATE_RUN, fact: "body.run_name", ours: '"first"', reason: AT_CREATION },
  { route: CREATE_RUN, fact: "body.tags.mlflow.project.backend", ours: '"databricks"', reason: AT_CREATION },
  {
    route: LOG_BATCH,
    fact: "body.params.text",
    stock: `"'a b'"`,
    ours: '"a b"',
    reason: "the value as it was given, without the shell's quotes around it",
  },
  { route: LOG_BATCH, fact: "body.metrics", ours: "[]", reason: EMPTY },
  { route: LOG_BATCH, fact: "body.tags", ours: "[]", reason: EMPTY },
  {
    route: SET_TAG,
    fact: "body.run_uuid",
    stock: ANYTHING,
    reason: "the name that run_id had before MLflow 1.0; run_id stands beside it",
  },
  { route: GET_STATUS, fact: "body.path", stock: ANYTHING, reason: NO_BODY },
  { route: GET_STATUS, fact: "query.path", ours: ANYTHING, reason: NO_BODY },
  { route: GET_STATUS, fact: "header.content-type", stock: ANYTHING, reason: NO_BODY },
  ...["ENV_MANAGER", "SYNCHRONOUS", "DOCKER_ARGS", "STORAGE_DIR", "build_image", "docker_auth"].map(
    (name) => ({
      route: SUBMIT,
      fact: `body.new_cluster.${name}`,
      stock: ANYTHING,
      reason: OWN_SETTINGS,
    }),
  ),
];
