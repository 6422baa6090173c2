/** A record that was written. What changed in it is asked for by the ordinary calls. */
export type Change = {
  readonly kind: "experiment" | "run" | "logged_model" | "registered_model" | "job_run";
  readonly id: string;
};

type ChangesOf<TRequest> = (request: TRequest) => readonly Change[];

/** What the page follows, by the record that a call has changed. */
export const changed = {
  experiment: (id: string): Change => ({ kind: "experiment", id }),
  run: (id: string): Change => ({ kind: "run", id }),
  loggedModel: (id: string): Change => ({ kind: "logged_model", id }),
  registeredModel: (id: string): Change => ({ kind: "registered_model", id }),
  jobRun: (id: number | string): Change => ({ kind: "job_run", id: String(id) }),
};

/** Declares that a call changes nothing that the page follows. */
export const changesNothingFollowed = (): readonly Change[] => [];
export const changesExperiment: ChangesOf<{ experiment_id: string }> = ({ experiment_id: id }) => [
  changed.experiment(id),
];
export const changesRun: ChangesOf<{ run_id: string }> = ({ run_id: id }) => [changed.run(id)];
export const changesLoggedModel: ChangesOf<{ model_id: string }> = ({ model_id: id }) => [
  changed.loggedModel(id),
];
export const changesRegisteredModel: ChangesOf<{ name: string }> = ({ name }) => [
  changed.registeredModel(name),
];
