import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Dialog } from "../../../components/dialog.tsx";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { useCreateExperiment } from "../hooks/use-create-experiment.ts";

/** Asks for a name, and for the artifact root of those who want another than the server's; opens the new experiment. */
export function CreateExperimentDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const id = useId();
  const navigate = useNavigate();
  const create = useCreateExperiment();
  const [name, setName] = useState("");
  const [artifactLocation, setArtifactLocation] = useState("");

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(
      { name, artifactLocation },
      {
        onSuccess: (experimentId) =>
          void navigate({ to: "/experiments/$experimentId", params: { experimentId } }), // Shows its own errors.
      },
    );
  };
  return (
    <Dialog title="Create an experiment" onClose={onClose}>
      <form className="dialog-body" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="/Users/me@example.com/airline"
            required
            autoComplete="off"
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-location`}>Artifact location</label>
          <input
            id={`${id}-location`}
            className="input"
            value={artifactLocation}
            onChange={(event) => setArtifactLocation(event.target.value)}
            aria-describedby={`${id}-hint`}
            autoComplete="off"
          />
          <span id={`${id}-hint`} className="field-hint">
            Leave it empty for the server’s own artifact root. It cannot be changed later.
          </span>
        </div>
        {create.isError && <ErrorNotice error={create.error} what="The experiment was not created." />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={create.isPending}>
            {create.isPending ? "Creating…" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
