import { LIMITS } from "@flightdeck/protocol";
import type { AcceptedDifference } from "./accepted-differences/accepted-difference.ts";
import { ACCEPTED_DIFFERENCES } from "./accepted-differences/all.ts";
import { CLIENT_VERSIONS, type ClientVersion, SERVER_VERSION } from "./clients.ts";
import { type Coverage, type Route, ROUTES } from "./coverage.ts";
import { markdownTable } from "../markdown-table.ts";
import { mlprojectSection } from "../projects/mlproject-section.ts";
import type { StockRoute } from "./stock-routes.ts";

type Facts = { readonly coverage: Coverage; readonly leftOut: readonly StockRoute[] };

/** `docs/COMPATIBILITY.md`, from what the suite has seen. */
export function compatibilityPage({ coverage, leftOut }: Facts): string {
  return [
    "# Compatibility",
    INTRODUCTION,
    "## Endpoints",
    ENDPOINTS_NOTE,
    markdownTable(
      ["Endpoint", "Path", ...CLIENT_VERSIONS],
      ROUTES.map((route) => endpointRow(route, coverage)),
    ),
    "## Differences",
    DIFFERENCES_NOTE,
    markdownTable(["Where", "Clients", "Why"], ACCEPTED_DIFFERENCES.map(differenceRow)),
    mlprojectSection(),
    "## Bounds",
    boundsNote(),
    "## Access",
    ACCESS_NOTE,
    "## Left out",
    LEFT_OUT_NOTE,
    markdownTable(["Family", "Routes"], leftOutRows(leftOut)),
    "",
  ].join("\n\n");
}

const INTRODUCTION = `Stock MLflow clients run the same scripts against Flightdeck and against MLflow's own server (${SERVER_VERSION}, one worker,
SQLite), and every answer is compared field by field: status, code, message, body. Ids, times and generated names are
put aside first, everything else must agree or stand in the list below. The suite fails on a difference that is not in
the list, and on one in the list that no longer occurs. This page is written by it: \`npm run accept -- acceptance/parity -u\`.`;

const ENDPOINTS_NOTE = `**agrees**: the client calls it, and all answers agree. **differs**: some answers differ on purpose, as listed below.
**raw**: the client does not call it, the scripts do by themselves. **–**: not called. All paths are served below
\`/api\` and \`/ajax-api\`.`;

const DIFFERENCES_NOTE = `Where: script and step below \`acceptance/python/parity/\`, and the place in the answer; \`*\` stands for any text.`;

const LEFT_OUT_NOTE = `Routes of the stock server's open API that Flightdeck does not have. They answer 404 with \`ENDPOINT_NOT_FOUND\`.`;

/** The stock server of the comparison has neither users nor jobs. */
const ACCESS_NOTE = `What the comparison above cannot show, since the stock server runs without users:

- A field that is no list answers 400 when a query gives it twice, with equal values too: the check and the call could each
  read another one. Fields of path and query that contradict each other answer 400 as well.
- \`""\` stands for the Default experiment only where MLflow creates a run without an experiment. Among the ids
  of a search it answers 400.
- Ids of experiments are read as Python's \`int\` reads them (\`+04\` is 4), everywhere, so that one record has one id.
- With \`--auth token\`, what is absent is refused: with 404 and MLflow's words where the call has them, with 403 for files that
  belong to nothing. Else whoever asks early would hold what others create later.
- With \`--auth token\`, searches and lists hold, count and page through what the caller may see, as if there were nothing else.
- With \`--auth token\`, an experiment's \`artifact_location\` that this server opens itself, and not a cloud's bucket, is the
  admins' to choose: it could be another experiment's folder.
- Artifact paths that lead out of their folder when they are decoded once more, at any depth (\`%252e%252e\`), answer 400: the
  next program that decodes them would leave it.
- Jobs and clusters need an admin's token on an open server too, since every user of the machine reaches it and a job runs as
  the server's user; \`--allow-jobs\` opens them.
- A token that was made with another, by OAuth or for a job ends with the one that it came from.
- Where people log in, each may hold a quarter of the uploads, event streams, uploads in parts and handles, and is answered
  429 beyond; an upload that brings less than 256 KiB in 30 s is ended.
- An \`Upgrade\` request is answered as if it had not asked.`;

/** What the stock server has no bound for, or another one. */
function boundsNote(): string {
  return `A request is refused with \`INVALID_PARAMETER_VALUE\` where one of its ids, names, keys or paths has more than
${LIMITS.shortTextCharsMax} characters, another text more than ${LIMITS.longTextCharsMax}, or a list more than ${LIMITS.requestItemsMax} items (experiments:
${LIMITS.requestExperimentsMax}). MLflow's own bounds lie below, and have its words. In a filter, LIKE and ILIKE patterns may have ${LIMITS.likeSearchedCharsMax}
characters behind their first \`%\`, all together: a database compares each at every place of a text.`;
}

function endpointRow(route: Route, coverage: Coverage): string[] {
  const path = `\`${route.methods.join(" ")} ${route.versions.join(" ")}${route.path}\``;
  return [route.name, path, ...CLIENT_VERSIONS.map((client) => cell(route, client, coverage))];
}

function cell(route: Route, client: ClientVersion, coverage: Coverage): string {
  const verdict = coverage.byClient(route, client);
  if (verdict !== undefined) return verdict;
  const raw = coverage.byScript(route, client);
  return raw === undefined ? "–" : `${raw} (raw)`;
}

function differenceRow({ where, path, clients, reason }: AcceptedDifference): string[] {
  return [`${code(where)} ${code(path)}`, clients?.join(", ") ?? "all", reason];
}

function leftOutRows(leftOut: readonly StockRoute[]): string[][] {
  const families = Map.groupBy(leftOut, ({ path }) => path.split("/")[2] ?? path);
  return [...families]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([family, routes]) => [
      family,
      routes.map(({ method, path }) => code(`${method} ${path}`)).join(" "),
    ]);
}

function code(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  const inner = fence === "``" ? ` ${text} ` : text;
  return `${fence}${inner.replaceAll("|", "\\|")}${fence}`;
}
