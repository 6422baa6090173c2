import type { Experiment } from "@flightdeck/protocol";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { TimeText } from "../../../components/time-text.tsx";
import { findTagValue } from "../../../lib/tag-value.ts";

/** One line for each experiment. */
export function ExperimentsTable({
  experiments,
}: {
  readonly experiments: readonly Experiment[];
}): ReactNode {
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="visually-hidden">Experiments</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">ID</th>
            <th scope="col">Description</th>
            <th scope="col">Artifact location</th>
            <th scope="col">Created</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => (
            <ExperimentRow key={experiment.experimentId} experiment={experiment} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ExperimentRow({ experiment }: { readonly experiment: Experiment }): ReactNode {
  const { experimentId, name, artifactLocation, creationTimeMs, lastUpdateTimeMs, tags } = experiment;
  return (
    <tr>
      <th scope="row">
        <Link to="/experiments/$experimentId" params={{ experimentId }} className="row-link" data-row-link="">
          {name}
        </Link>
      </th>
      <td className="muted">{experimentId}</td>
      <td className="cell-note">{findTagValue(tags, SYSTEM_TAGS.runNote)}</td>
      <td>
        <code className="muted">{artifactLocation}</code>
      </td>
      <td className="nowrap">
        <TimeText timeMs={creationTimeMs} />
      </td>
      <td className="nowrap">
        <TimeText timeMs={lastUpdateTimeMs} />
      </td>
    </tr>
  );
}
