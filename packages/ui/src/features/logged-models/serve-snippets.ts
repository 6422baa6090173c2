/** The port of the guide's own example. */
const PORT = 55755;

/** A row with a column or two, for a model whose columns the page does not know. */
const PLACEHOLDER = '{"dataframe_split": {"columns": ["COLUMN"], "data": [[0]]}}';

/** The command that serves a model. */
export function serveCommand(modelUri: string): string {
  return `flightdeck models serve -m ${quoteShell(modelUri)} -p ${PORT}`;
}

/** The command that asks the served model; `body` is the JSON to send. */
export function queryCommand(body: string = PLACEHOLDER): string {
  return [
    `curl http://127.0.0.1:${PORT}/invocations \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoteShell(body)}`,
  ].join("\n");
}

/** The body for a model whose serving example the server keeps beside it; undefined where that is none. */
export function bodyOfServingExample(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Safe in a POSIX shell; texts that need no quotes stay as they are. */
function quoteShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
