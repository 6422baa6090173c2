import type { LoggedModel } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { Panel } from "../../../components/panel.tsx";
import { loggedModelQuery } from "../api/logged-model-queries.ts";
import { servingExampleQuery } from "../api/serving-example-query.ts";
import { queryCommand, serveCommand } from "../serve-snippets.ts";

type ServePanelProps = {
  /** What to serve. */
  readonly modelUri: string;
  /** The logged model behind it, whose example makes the query; absent for models of older clients. */
  readonly modelId?: string | undefined;
};

/** How to serve the model and how to ask it, ready to be copied. */
export function ServePanel({ modelUri, modelId }: ServePanelProps): ReactNode {
  return (
    <Panel title="Serve and query">
      <div className="panel-body stack">
        <CodeSnippet title="Serve" code={serveCommand(modelUri)} />
        {modelId === undefined ? (
          <CodeSnippet title="Query" code={queryCommand()} />
        ) : (
          <ExampleQuery modelId={modelId} />
        )}
      </div>
    </Panel>
  );
}

function ExampleQuery({ modelId }: { readonly modelId: string }): ReactNode {
  const model = useQuery(loggedModelQuery(modelId)).data;
  return model === undefined ? (
    <CodeSnippet title="Query" code={queryCommand()} />
  ) : (
    <ExampleOfModel model={model} />
  );
}

function ExampleOfModel({ model }: { readonly model: LoggedModel }): ReactNode {
  const body = useQuery(servingExampleQuery(model)).data ?? undefined;
  return <CodeSnippet title="Query" code={queryCommand(body)} />;
}
