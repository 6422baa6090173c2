import type { LoggedModel } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { versionsOfLoggedModelQuery } from "../api/registry-queries.ts";
import { VersionsTable } from "./versions-table.tsx";

/** The versions that were registered from a logged model, or how to register one. */
export function ModelRegistrations({ model }: { readonly model: LoggedModel }): ReactNode {
  const query = useQuery(versionsOfLoggedModelQuery(model));
  const versions = query.data ?? [];
  return (
    <Panel title="Registered versions" {...(query.data !== undefined && { count: versions.length })}>
      {query.isError && <ErrorNotice error={query.error} what="Could not load the registered versions." />}
      {versions.length > 0 && <VersionsTable versions={versions} showsName />}
      {query.data?.length === 0 && (
        <div className="panel-body">
          <CodeSnippet
            title="Register it"
            code={`mlflow.register_model("models:/${model.modelId}", "MODEL_NAME")`}
          />
        </div>
      )}
    </Panel>
  );
}
