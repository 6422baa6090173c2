import type { MlflowClient } from "@flightdeck/client";

/**
 * Where a search is tracked: in a run identified by experiment and name, created if it does not exist, or in an
 * existing run. A search that already exists resumes from what the server has recorded.
 */
export type TrackOptions<TValue = unknown> = TrackTarget & {
  /** The params of a trial's run. Default: the value drawn for each label. */
  readonly params?: ((value: TValue) => Readonly<Record<string, unknown>>) | undefined;
  /** The tracking server. Default: the server named by MLFLOW_TRACKING_URI. */
  readonly client?: MlflowClient | undefined;
};

/** The parent run of a search. */
export type TrackTarget =
  | {
      /** The experiment's name; created if it does not exist. */
      readonly experiment: string;
      readonly runName: string;
      readonly runId?: undefined;
    }
  | {
      /** A run that the caller created and also ends. */
      readonly runId: string;
      readonly experiment?: undefined;
      readonly runName?: undefined;
    };
