import { LIMITS } from "@flightdeck/protocol";
import { ACCEPTED_DIFFERENCES } from "./accepted-differences/all.ts";
import { CLIENT_VERSIONS, type ClientVersion, SERVER_VERSION } from "./clients.ts";
import { type Coverage, type Route, ROUTES } from "./coverage.ts";
import { markdownList, markdownTable } from "../markdown-table.ts";
import { mlprojectSection } from "../projects/mlproject-section.ts";
import { ACCEPTED } from "../serving/accepted-differences.ts";
import type { StockRoute } from "./stock-routes.ts";

type Facts = { readonly coverage: Coverage; readonly leftOut: readonly StockRoute[] };

/** Generates `docs/COMPATIBILITY.md` from the suite's results. */
export function compatibilityPage({ coverage, leftOut }: Facts): string {
  return [
    "# Compatibility",
    INTRODUCTION,
    "## Endpoints",
    ENDPOINTS_NOTE,
    markdownTable(
      ["Endpoint", ...CLIENT_VERSIONS],
      ROUTES.map((route) => endpointRow(route, coverage)),
    ),
    "## Differences",
    DIFFERENCES_NOTE,
    markdownList(differences()),
    mlprojectSection(),
    "## Scoring",
    SCORING_NOTE,
    markdownTable(
      ["Body", "Difference"],
      ACCEPTED.map(({ shown, reason }) => [shown, reason]),
    ),
    "## Spark",
    SPARK_NOTE,
    "## Bounds",
    boundsNote(),
    "## Access",
    ACCESS_NOTE,
    "## Left out",
    LEFT_OUT_NOTE,
    markdownList(leftOutFamilies(leftOut)),
    "",
  ].join("\n\n");
}

const INTRODUCTION = `Stock MLflow clients run the same scripts against Flightdeck and against MLflow's own server (${SERVER_VERSION}, one worker,
SQLite), and every response is compared field by field: status, code, message, body. Ids, times and generated names are
ignored; everything else must agree or be listed below. The suite fails on a difference that is not in
the list, and on an entry that no longer occurs. It generates this page: \`npm run accept -- acceptance/parity -u\`.`;

const ENDPOINTS_NOTE = `**agrees**: the client calls it, and all responses agree. **differs**: some responses differ on purpose, as listed below.
**raw**: only the scripts call it, not the client. **–**: not called. All paths are served below
\`/api\` and \`/ajax-api\`.`;

const DIFFERENCES_NOTE = `After "At": script and step in \`acceptance/python/parity/\`, and the path in the response; \`*\` matches any text.
A difference that names no version affects all clients.`;

const SPARK_NOTE = `Trials of \`fmin\` run on any cluster that serves Spark Connect and accepts Java functions (\`sparkTrials\`), tested with Spark 4.3. A
workspace cluster with workers has a Spark of its own for its jobs. Not supported yet:

- \`spark_jar_task\` is rejected.
- \`MlflowSparkStudy\` is untested.
- Restarting a master ends everything that runs on its cluster.`;

const SCORING_NOTE = `The suite serves a forest saved by TypeScript with MLflow's scoring server (3.17.2) and with \`flightdeck models serve\`, with and without
types in its signature, and sends both about two hundred valid and invalid bodies: status and values agree, except as listed here. Errors
have MLflow's message if MLflow wrote it itself; messages from pandas are not reproduced. XGBoost, LightGBM and ONNX models
saved by MLflow are scored without Python if their files allow it: numbers agree to 2e-6. All other models logged by Python are
scored by MLflow's own code in a worker process; a test compares its responses byte for byte (dates, binary, parameters,
tensors).

The Open Inference Protocol, version 2, is served under \`/v2\` in JSON and binary; a test calls it with Triton's Python client.
Not supported: FP16, versions in paths, compressed bodies, shared memory. \`models generate-dockerfile\` and \`build-docker\` are missing too.
\`models prepare-env\` also loads the model once, to see whether it needs Python at all. \`models update-pip-requirements\` keeps
options, comments and included files of \`requirements.txt\`, which MLflow rejects; it compares names as PyPI does.`;

const LEFT_OUT_NOTE = `Routes of the stock server's open API that Flightdeck does not implement. They return 404 with \`ENDPOINT_NOT_FOUND\`.`;

/** The stock server in the comparison has neither users nor jobs. */
const ACCESS_NOTE = `The comparison above does not cover these points, because the stock server runs without users:

- A query with the same field twice returns 400 unless the field is a list, even if the values are equal: the access check and
  the call could each read a different one. Fields of path and query that contradict each other also return 400.
- \`""\` means the Default experiment only where MLflow creates a run without an experiment. Among the ids
  of a search it returns 400.
- Experiment ids are parsed like Python's \`int\` everywhere (\`+04\` is 4), so that each record has one id.
- With \`--auth token\`, access to missing resources is rejected: with 404 and MLflow's message where the call has one, with 403 for
  files that belong to nothing. Otherwise whoever asks first would have access to what others create later.
- With \`--auth token\`, searches and lists contain, count and page only what the caller may see.
- With \`--auth token\`, only admins may choose an experiment's \`artifact_location\` that this server opens itself, as opposed to a
  cloud bucket: it could be another experiment's folder.
- Artifact paths that lead out of their folder after further decoding, at any depth (\`%252e%252e\`), return 400, because another
  program might decode them again.
- Jobs and clusters need an admin's token even on an open server, because every user of the machine can reach it and a job runs as
  the server's user; \`--allow-jobs\` removes this restriction.
- A token that was created with another token, by OAuth or for a job expires together with the one it came from.
- With logins, each user may hold a quarter of the uploads, event streams, multipart uploads and handles, and gets
  429 beyond that; an upload that sends less than 256 KiB in 30 s is aborted.
- An \`Upgrade\` request is treated like an ordinary request.`;

/** Limits that the stock server lacks or sets differently. */
function boundsNote(): string {
  return `A request is rejected with \`INVALID_PARAMETER_VALUE\` if one of its ids, names, keys or paths has more than
${LIMITS.shortTextCharsMax} characters, another text more than ${LIMITS.longTextCharsMax}, or a list more than ${LIMITS.requestItemsMax} items (experiments:
${LIMITS.requestExperimentsMax}). MLflow's own limits are lower and have its messages. In a filter, all LIKE and ILIKE patterns together may have ${LIMITS.likeSearchedCharsMax}
characters after their first \`%\`, because a database compares each of them at every position of a text.`;
}

/** The path stands below the name and not as code, so that a narrow window can break it. */
function endpointRow(route: Route, coverage: Coverage): string[] {
  const path = `${route.methods.join(" ")} ${route.versions.join(" ")}${route.path}`;
  const verdicts = CLIENT_VERSIONS.map((client) => cell(route, client, coverage));
  return [`**${route.name}**<br>${path}`, ...verdicts];
}

function cell(route: Route, client: ClientVersion, coverage: Coverage): string {
  const verdict = coverage.byClient(route, client);
  if (verdict !== undefined) return verdict;
  const raw = coverage.byScript(route, client);
  return raw === undefined ? "–" : `${raw} (raw)`;
}

/** Each reason once, with the places that it holds for. */
function differences(): string[][] {
  const byReason = Map.groupBy(ACCEPTED_DIFFERENCES, ({ reason, clients }) => {
    return `${reason}${clients === undefined ? "" : ` (${clients.join(", ")})`}`;
  });
  return [...byReason].map(([reason, places]) => {
    return [...reason.split(" "), "At", ...places.map(({ where, path }) => `${code(where)} ${code(path)}`)];
  });
}

function leftOutFamilies(leftOut: readonly StockRoute[]): string[][] {
  const families = Map.groupBy(leftOut, ({ path }) => path.split("/")[2] ?? path);
  return [...families]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([family, routes]) => [
      `**${family}**:`,
      ...routes.map(({ method, path }) => code(`${method} ${path}`)),
    ]);
}

function code(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  return fence === "``" ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}
