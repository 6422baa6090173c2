/** A request that only one of the two programs sends, on purpose. */
export type OneSidedCall = {
  readonly only: "stock" | "ours";
  /** Method and path. */
  readonly route: string;
  /** A fact from `wireCall` that the request must have. */
  readonly where?: { readonly fact: string; readonly is: string };
  readonly reason: string;
};

/** A fact of a request from both programs that differs on purpose. */
export type FactDifference = {
  readonly route: string;
  readonly fact: string;
  /** Its value on each side as JSON, or `ANYTHING`; absent when the fact is missing. */
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

const AT_CREATION = "set when the run is created, so that the run never exists without it";
const NO_BODY = "by the fetch standard a GET has no body, and Databricks documents the query";
const EMPTY = "an empty list is the same as none";
const OWN_SETTINGS =
  "MLflow's own settings, which it adds to the cluster definition; no workspace reads them";

export const ONE_SIDED_CALLS: readonly OneSidedCall[] = [
  {
    only: "stock",
    route: "GET /.well-known/databricks-config",
    reason: "databricks-sdk sends it before every call; with a host and a token, the response is not needed",
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
    reason: "the value as given, without shell quotes",
  },
  { route: LOG_BATCH, fact: "body.metrics", ours: "[]", reason: EMPTY },
  { route: LOG_BATCH, fact: "body.tags", ours: "[]", reason: EMPTY },
  {
    route: SET_TAG,
    fact: "body.run_uuid",
    stock: ANYTHING,
    reason: "the name of run_id before MLflow 1.0; run_id is sent as well",
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
