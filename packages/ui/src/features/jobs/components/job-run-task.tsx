import type { JobRunWire } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { Panel } from "../../../components/panel.tsx";
import { jobTaskView } from "../job-task-view.ts";

/** What a run was asked to do. */
export function JobRunTask({ run }: { readonly run: JobRunWire }): ReactNode {
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
