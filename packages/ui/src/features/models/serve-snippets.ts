import type { ModelVersion } from "@flightdeck/protocol";

/** The port in the guide's example. */
const PORT = 55755;

/** A sample row for a model whose columns we do not know. */
const PLACEHOLDER = '{"dataframe_split": {"columns": ["COLUMN"], "data": [[0]]}}';

/** The command that serves a model. */
export function serveCommand(modelUri: string): string {
  return `flightdeck models serve -m ${quoteShell(modelUri)} -p ${PORT}`;
}

/** The command that queries the served model; `body` is the JSON to send. */
export function queryCommand(body: string = PLACEHOLDER): string {
  return [
    `curl http://127.0.0.1:${PORT}/invocations \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoteShell(body)}`,
  ].join("\n");
}

/** The request body from a model's serving example; undefined if it is not valid JSON. */
export function bodyOfServingExample(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Quotes a text for a POSIX shell if necessary. */
function quoteShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The URI by which every MLflow client knows a logged model. */
export function loggedModelUri(modelId: string): string {
  return `models:/${modelId}`;
}

/** The logged model that a version was registered from; undefined for versions from clients before MLflow 3. */
export function loggedModelIdOf({
  modelId,
  source,
}: Pick<ModelVersion, "modelId" | "source">): string | undefined {
  if (modelId !== undefined && modelId !== "") return modelId;
  // MLflow's own server omits the model but keeps the source, which contains its id as a URI or an artifact folder.
  return /(?:^models:\/|\/models\/)(m-[0-9a-f]{32})(?:\/|$)/.exec(source)?.[1];
}
