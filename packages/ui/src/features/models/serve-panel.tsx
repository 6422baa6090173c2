import type { LoggedModel } from "@flightdeck/protocol";
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CodeSnippet } from "../../components/copy.tsx";
import { Panel } from "../../components/layout.tsx";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { artifactAddress, folderQuery, readFirstBytes } from "../artifacts/artifact-queries.ts";
import { modelArtifactRoot } from "../artifacts/artifact-root.ts";
import { loggedModelQuery } from "./model-queries.ts";
import { bodyOfServingExample, queryCommand, serveCommand } from "./serve-snippets.ts";

type ServePanelProps = {
  /** The model to serve. */
  readonly modelUri: string;
  /** The underlying logged model, whose example becomes the query. Absent for models from older clients. */
  readonly modelId?: string | undefined;
};

/** How to serve and query the model, ready to copy. */
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

/** MLflow clients write this file for a model that is logged with an input example. */
const SERVING_EXAMPLE = "serving_input_example.json";
/** The longest command line that people still copy. */
const EXAMPLE_BYTES_MAX = 4096;

/** The request body from a model's serving example. null if there is none or it is too long for a command line. */
function servingExampleQuery(model: LoggedModel) {
  const root = modelArtifactRoot(model);
  return queryOptions({
    queryKey: [QUERY_KEYS.artifactContent, root.kind, root.id, SERVING_EXAMPLE, "body"],
    queryFn: async ({ signal, client }): Promise<string | null> => {
      const { files } = await client.fetchQuery(folderQuery({ root, path: "" }));
      if (!files.some(({ path }) => path === SERVING_EXAMPLE)) return null;
      const address = artifactAddress({ root, path: SERVING_EXAMPLE });
      const { bytes, isWhole } = await readFirstBytes(address, { bytesMax: EXAMPLE_BYTES_MAX, signal });
      return isWhole ? (bodyOfServingExample(new TextDecoder().decode(bytes)) ?? null) : null;
    },
  });
}
