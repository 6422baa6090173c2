import { endpoints, type JobRunWire } from "@flightdeck/protocol";
import { useMutation, type UseMutationResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Dialog } from "../../components/controls.tsx";
import { CodeSnippet, CopyButton } from "../../components/copy.tsx";
import { Icon } from "../../components/icon.tsx";
import { type Fact, Facts, PageHeader, Panel } from "../../components/layout.tsx";
import { ErrorNotice, QueryView } from "../../components/query-view.tsx";
import { RunLink } from "../../components/run-link.tsx";
import { TimeText } from "../../components/text.tsx";
import { formatDuration, formatExact } from "../../lib/format.ts";
import { useSeconds } from "../../lib/hooks.ts";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { findErrorCode } from "../../lib/mlflow-text.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { ClusterStateBadge, JobRunStateBadge, JobsRefusal } from "./job-parts.tsx";
import { clusterQuery, jobRunQuery, trackedRunQuery } from "./job-queries.ts";
import { JobRunLog } from "./job-run-log.tsx";
import { hasEnded, jobRunName, jobRunStateLook, type JobRunStateWire, jobRunTimes } from "./job-run-state.ts";
import { clusterAskedFor, clusterGot, findJobTask, jobTaskView, trackedRunOf } from "./job-task.ts";

const REFUSED = "PERMISSION_DENIED";
const route = getRouteApi("/jobs/$jobId/runs/$runId");

/** A job run, live. */
export function JobRunPage(): ReactNode {
  const { runId } = route.useParams();
  const query = useQuery(jobRunQuery(runId));
  if (query.data === undefined && findErrorCode(query.error) === REFUSED) {
    return (
      <div className="page">
        <PageHeader title="Job run" />
        <JobsRefusal error={query.error} what="the job run" onRetry={query.refetch} />
      </div>
    );
  }
  return (
    <div className="page">
      <QueryView query={query} what="the job run" pageTitle="Job run">
        {(run) => <JobRunView key={run.run_id} run={run} />}
      </QueryView>
    </div>
  );
}

function JobRunView({ run }: { readonly run: JobRunWire }): ReactNode {
  return (
    <>
      <PageHeader
        title={jobRunName(run)}
        crumbs={[
          <Link key="jobs" to="/jobs">
            Jobs
          </Link>,
          "Job run",
        ]}
        beside={<JobRunStateBadge state={run.state} />}
        actions={<CancelJobRun run={run} />}
      />
      <JobRunMessage state={run.state} />
      <JobRunFacts run={run} />
      <JobRunLog runId={String(run.run_id)} />
      <div className="columns">
        <JobRunTask run={run} />
        <JobRunCluster run={run} />
      </div>
    </>
  );
}

/** What is happening or happened, in the server's words. */
function JobRunMessage({ state }: { readonly state: JobRunStateWire }): ReactNode {
  if (state.state_message === "") return null;
  const isBad = jobRunStateLook(state)[0] === "bad";
  return (
    <div className={isBad ? "notice notice-bad" : "notice"}>
      {isBad && <Icon name="alert" />}
      <p className="notice-text job-message">{state.state_message}</p>
    </div>
  );
}

/** A run's times, duration of each phase, owner and MLflow run. */
function JobRunFacts({ run }: { readonly run: JobRunWire }): ReactNode {
  const { start_time: startMs, creator_user_name: user, job_id: jobId, run_id: runId } = run;
  const times = jobRunTimes(run, useSeconds(!hasEnded(run.state)));
  const facts: readonly Fact[] = [
    {
      name: "Started",
      value: (
        <>
          <TimeText timeMs={startMs} />
          <span className="muted">{formatExact(startMs)}</span>
        </>
      ),
    },
    { name: "Queue", value: spanText(times.queueMs) },
    { name: "Setup", value: spanText(times.setupMs) },
    { name: "Execution", value: spanText(times.executionMs) },
    { name: "Duration", value: formatDuration(times.totalMs) },
    { name: "User", value: user === "" ? "–" : user },
    { name: "MLflow run", value: <TrackedRunLink jobRun={run} /> },
    { name: "Job ID", value: jobId },
    {
      name: "Run ID",
      value: (
        <>
          {runId}
          <CopyButton text={String(runId)} what="run ID" />
        </>
      ),
    },
  ];
  return <Facts facts={facts} />;
}

function spanText(spanMs: number | undefined): string {
  return spanMs === undefined ? "–" : formatDuration(spanMs);
}

/** The MLflow run that a job logs to, if known. */
function TrackedRunLink({ jobRun }: { readonly jobRun: JobRunWire }): ReactNode {
  const tracked = trackedRunOf(jobRun);
  const run = useQuery(trackedRunQuery(jobRun, tracked)).data;
  // If the run is on another server, show at least its id.
  if (!run) return tracked.runId === undefined ? "–" : <code>{tracked.runId}</code>;
  const { experimentId, runId, runName } = run.info;
  return <RunLink experimentId={experimentId} runId={runId} name={runName} />;
}

const ENDING = "TERMINATING";

/** Cancels a run after confirmation. Renders nothing if it has ended. */
function CancelJobRun({ run }: { readonly run: JobRunWire }): ReactNode {
  const [isAsking, setAsking] = useState(false);
  if (hasEnded(run.state)) return null;
  const isEnding = run.state.life_cycle_state === ENDING;
  return (
    <>
      <button type="button" className="button" disabled={isEnding} onClick={() => setAsking(true)}>
        <Icon name="stop" size={14} /> {isEnding ? "Cancelling…" : "Cancel run"}
      </button>
      {isAsking && <CancelDialog run={run} onClose={() => setAsking(false)} />}
    </>
  );
}

type CancelDialogProps = { readonly run: JobRunWire; readonly onClose: () => void };

function CancelDialog({ run, onClose }: CancelDialogProps): ReactNode {
  const cancel = useCancelJobRun();
  return (
    <Dialog title="Cancel this run?" onClose={onClose}>
      <div className="dialog-body">
        <p className="note">
          This stops “{jobRunName(run)}” and every process that it started. What it has logged is kept.
        </p>
        {cancel.isError && <ErrorNotice error={cancel.error} what="The run was not cancelled." />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Keep running
          </button>
          <button
            type="button"
            className="button button-danger"
            disabled={cancel.isPending}
            onClick={() => cancel.mutate(run.run_id, { onSuccess: onClose })}
          >
            {cancel.isPending ? "Cancelling…" : "Cancel run"}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** Cancels a run, which takes effect a little later. */
function useCancelJobRun(): UseMutationResult<unknown, Error, number> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (runId: number) => mlflowClient.call(endpoints.cancelJobRun, { run_id: runId }),
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.jobRuns] }),
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.jobRun] }),
      ]),
  });
}

/** A run's task. */
function JobRunTask({ run }: { readonly run: JobRunWire }): ReactNode {
  const { kind, program, text, environmentNames, libraries } = jobTaskView(run);
  const given = run.job_parameters.map(({ name, value }) => `${name} = ${value}`);
  return (
    <Panel title="Task">
      <div className="panel-body stack">
        {text === "" ? (
          <CodeSnippet title={kind} code={program} />
        ) : (
          <CodeSnippet title={`${kind}: ${program}`} code={text} />
        )}
        <TextList title="Job parameters" texts={given} />
        <TextList title="Environment variables" texts={environmentNames} note="Their values are not shown." />
        <TextList title="Libraries" texts={libraries} />
      </div>
    </Panel>
  );
}

type TextListProps = { readonly title: string; readonly texts: readonly string[]; readonly note?: string };

function TextList({ title, texts, note }: TextListProps): ReactNode {
  if (texts.length === 0) return null;
  return (
    <div className="fact-list">
      <h3>{title}</h3>
      <ul className="chips">
        {texts.map((text, index) => (
          <li key={index} className="chip chip-text">
            {text}
          </li>
        ))}
      </ul>
      {note !== undefined && <p className="muted">{note}</p>}
    </div>
  );
}

/** The resources that a run's cluster asked for and those that it got on this machine. */
function JobRunCluster({ run }: { readonly run: JobRunWire }): ReactNode {
  const { new_cluster: spec, existing_cluster_id: existingId } = findJobTask(run) ?? {};
  const clusterId = run.cluster_instance?.cluster_id ?? existingId ?? "";
  const cluster = useQuery({ ...clusterQuery(clusterId), enabled: clusterId !== "" }).data;
  const asked = spec ?? cluster;
  const rows: readonly (readonly [name: string, value: ReactNode])[] = [
    ["Asked for", asked && clusterAskedFor(asked)],
    ["Got", cluster && clusterGot(cluster)],
    ["State", cluster && <ClusterStateBadge state={cluster.state} />],
    ["Message", newsOf(cluster?.state_message, run.state.state_message)],
    ["Cluster ID", clusterId && <code>{clusterId}</code>],
    ["Environment variables", Object.keys(asked?.spark_env_vars ?? {}).join(", ")],
  ];
  const known = rows.filter(([, value]) => value !== undefined && value !== "");
  return (
    <Panel title="Cluster">
      <table className="table key-value cluster-facts">
        <caption className="visually-hidden">Cluster</caption>
        <tbody>
          {known.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="value-text">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** Drops a message that the run's own message already contains. */
function newsOf(message: string | undefined, said: string): string | undefined {
  return message === undefined || said.includes(message) ? undefined : message;
}
