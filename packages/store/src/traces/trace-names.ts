/** Tags and metadata of traces with a meaning to MLflow (`mlflow/tracing/constant.py`). */
export const TRACE_TAGS = {
  name: "mlflow.traceName",
  artifactLocation: "mlflow.artifactLocation",
  spansLocation: "mlflow.trace.spansLocation",
} as const;

/** What `TRACE_TAGS.spansLocation` says of a trace whose spans are here, and not among its artifacts. */
export const SPANS_ARE_HERE = "TRACKING_STORE";

export const TRACE_METADATA = {
  /** `true` once the trace as a whole has been told of, which spans then no longer change. */
  isFinalized: "mlflow.trace.infoFinalized",
  /** JSON; tells how many spans there are. */
  sizeStats: "mlflow.trace.sizeStats",
  sourceRun: "mlflow.sourceRun",
  session: "mlflow.trace.session",
  user: "mlflow.trace.user",
} as const;
