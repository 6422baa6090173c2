import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { GROWTH_MAX, growthOf } from "./growth.ts";
import { sourceFiles } from "./source-files.ts";

/*
 * Every parser of untrusted text must take linear time. Each is called with repeated characters that have a meaning in
 * grammars, alone and in the context that the parser expects, whether it accepts or refuses the text.
 */

type Parser = {
  /** Further arguments after the text. */
  readonly rest?: readonly unknown[];
  /** Creates the first argument from the text, if it is not the text itself. */
  readonly argument?: (text: string) => unknown;
  /** Prefixes and suffixes around the repeated part, to get into the parser. */
  readonly around?: readonly (readonly [string, string])[];
  /** The strings to repeat. Default: all of `PUMPS`. `#N` is replaced by a different number each time. */
  readonly pumps?: readonly string[];
};

/**
 * YAML is parsed by a library, which is slow by a constant factor, so only use characters that have a meaning in YAML.
 */
const YAML: readonly string[] =
  " |\n|a|'|\"|:|#|%|[|{|- |- a\n|a: b\n|k#N: b\n|[[],|? |&a |*a |!a |>\n".split("|");

/** Generous, for a busy machine. */
const TIMEOUT_MS = 120_000;
const CONDA = "dependencies:\n- ";
const FROM_PLACE = { source: "file", folder: "/", file: "/conda.yaml" };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Parsers by file and name. An exported parser that is missing here fails the test below. */
const PARSERS: Readonly<Record<string, Parser>> = {
  "core/src/json.ts#parseUntrustedJson": {
    around: [
      ["[", "]"],
      ['{"a":', "}"],
    ],
  },
  "artifacts/src/artifact-uri.ts#parseArtifactUri": {
    around:
      "mlflow-artifacts: mlflow-artifacts:// file:/ file:/// runs:/ models:/ models:/a/1 models:/a@ dbfs:/ s3:// http://a/"
        .split(" ")
        .map((scheme) => [scheme, ""] as const),
  },
  "artifacts/src/artifact-path.ts#checkArtifactPath": { around: [["a/", "/.."]] },
  "artifacts/src/artifact-path.ts#checkNonEmptyArtifactPath": {},
  "artifacts/src/artifact-path.ts#decodeArtifactPath": { around: [["", "%"]] },
  "cli/src/tracking.ts#parseTrackingLocation": {
    rest: ["/data"],
    around: [
      ["http://", ""],
      ["sqlite:///", ""],
      ["file:", ""],
    ],
  },
  "cli/src/commands/databricks/places.ts#checkDbfsPath": { around: [["dbfs:/", ""]] },
  "cli/src/commands/options.ts#parsePort": {},
  "cli/src/commands/options.ts#parseCount": {},
  "cli/src/commands/options.ts#parseOffset": {},
  "cli/src/commands/gc/gc.ts#parseAge": { around: [["1d", "s"]] },
  "cli/src/commands/gc/gc.ts#parseIds": {},
  "client/src/rest/rest-client.ts#parseTrackingUri": {
    around: [
      ["http://h/", ""],
      ["http://", "@h"],
    ],
  },
  "client/src/rest/retry.ts#parseRetryAfter": { rest: [0], around: [["Sat, 28 Nov 2026 ", " GMT"]] },
  "client/src/databricks/profiles.ts#parseIni": { around: [["[a]\na", "\n"]] },
  "core/src/json.ts#parseJson": { rest: ["text"], around: [['{"a":', "}"]] },
  "spark/src/connect/remote-address.ts#parseRemote": {
    around: [
      ["sc://", ""],
      ["sc://h/;", ""],
      ["sc://h/;token=", ""],
    ],
  },
  "environments/src/definition/parse-conda-env.ts#parseCondaEnv": {
    pumps: YAML,
    rest: [FROM_PLACE],
    around: [
      [CONDA, ""],
      [`${CONDA}"python `, '"'],
      [`${CONDA}"a[version=`, ']"'],
    ],
  },
  "environments/src/definition/read-definition.ts#parsePythonEnv": {
    pumps: YAML,
    rest: [FROM_PLACE],
    around: [['python: "', '"']],
  },
  "environments/src/python/version-constraint.ts#parseConstraints": { around: [[">=1", "*"]] },
  "frame/src/csv/parse-csv.ts#parseCsv": {
    rest: [","],
    around: [
      ['a\n"', '"'],
      ["a\n", ""],
    ],
  },
  "frame/src/csv/frame-from-csv.ts#frameFromCsv": {
    around: [
      ["a\n", ""],
      ['a\n"', '"'],
    ],
  },
  "import/src/open-source.ts#parseSourceUri": {
    around: [
      ["sqlite:///", ""],
      ["postgresql://", ""],
    ],
  },
  "import/src/folder/file-formats.ts#parsePlainYaml": {
    pumps: YAML,
    rest: ["file"],
    around: [["a: ", ""]],
  },
  "import/src/folder/file-formats.ts#parsePoint": { rest: ["file"], around: [["1 ", " 1"]] },
  "models/src/mlmodel/ml-model-file.ts#parseMlModel": {
    pumps: YAML,
    rest: ["file"],
    around: [["flavors: ", ""]],
  },
  "models/src/invocation/python-numbers.ts#parsePythonJson": { around: [["[", "NaN]"]] },
  "models/src/serving/invoke.ts#decodedName": {},
  "models/src/invocation/content-type.ts#parseContentType": { around: [["text/csv; charset=", ""]] },
  "models/src/invocation/parse-invocation.ts#parseInvocation": {
    around: [
      ['{"inputs":[', "1]}"],
      ['{"dataframe_split":{"data":[', "[1]]}}"],
    ],
  },
  "models/src/invocation/parse-invocation.ts#parsePandasSplit": { around: [['{"data":[', "[1]]}"]] },
  "models/src/invocation/parse-invocation.ts#parsePandasRecords": { around: [["[", "{}]"]] },
  "projects/src/source/parse-project-uri.ts#parseProjectUri": {
    around: [
      ["file:", ""],
      ["https://", ".zip"],
      ["a#", ""],
      ["git+", "://"],
    ],
  },
  "projects/src/source/git.ts#withoutCredentials": {
    around: [["https://", "@"]],
  },
  "projects/src/project/parse-ml-project.ts#parseMlProject": {
    pumps: YAML,
    rest: ["MLproject"],
    around: [['name: "', '"']],
  },
  "projects/src/command/build-command.ts#parseTemplate": { around: [["{", "}"]] },
  "protocol/src/traces/otlp/decode-spans.ts#decodeSpans": {
    argument: (text) => new TextEncoder().encode(text),
    around: [["\n", ""]],
  },
  "protocol/src/search/lexer.ts#tokenize": {
    around: [
      ["'", "'"],
      ["`", "`"],
      ["a.`", "`"],
      ["1", "x"],
    ],
  },
  "protocol/src/search/parse-filter.ts#parseFilter": {
    rest: ["runs"],
    around: [
      ["metrics.a = ", "."],
      ["params.a = '", "'"],
      ["params.`", "` = 'a'"],
      ["attributes.run_id IN (", "'a')"],
      ["metrics.a > 1 AND ", ""],
    ],
  },
  "protocol/src/search/parse-filter.ts#parseOrderBy": {
    argument: (text) => [text],
    rest: ["runs"],
    around: [
      ["metrics.", " DESC"],
      ["params.`", "`"],
    ],
  },
  "protocol/src/unity-catalog/models.ts#splitFullName": {},
  "protocol/src/unity-catalog/lineage.ts#parseLineageHeader": {
    argument: base64,
    around: [['{"entities":[', "{}]}"]],
  },
  "server/src/tracking/experiment-handlers.ts#checkArtifactLocation": {
    around: [
      ["dbfs:/", ""],
      ["s3://b/", ""],
      ["file:///", ""],
    ],
  },
  "server/src/storage/send-artifact.ts#requestedRange": { rest: [undefined, 100], around: [["bytes=", "-"]] },
  "server/src/dbfs/dbfs-handlers.ts#decodeBase64": {},
  "artifacts/src/databricks-paths.ts#parseDbfsPath": { around: [["dbfs:/", ""]] },
  "artifacts/src/databricks-paths.ts#parseTrackedFiles": {
    around: [["WorkspaceInternal/Mlflow/Artifacts/1/Runs/", "/artifacts"]],
  },
  "server/src/identity/token-authenticator.ts#findCredentials": {
    around: [
      ["Bearer ", " x"],
      ["Basic ", ""],
    ],
  },
  "server/src/identity/token-authenticator.ts#refuseTokenInUrl": {},
  "server/src/jobs/execution/dbfs-file.ts#parseTaskFile": { around: [["dbfs:/", ""]] },
  "artifacts/src/databricks-paths.ts#parseModelFiles": { around: [["Models/", "/1/a"]] },
  "server/src/workspace/workspace-handlers.ts#parseWorkspacePath": { around: [["/", ""]] },
  "store/src/dialects/backend-store-uri.ts#parsePostgresUri": {
    around: [
      ["postgresql://", ""],
      ["postgresql://a:", "@h/d"],
      ["postgresql://h/d?", ""],
    ],
  },
  "store/src/search/page.ts#decodePageToken": { argument: base64, rest: [[]] },
  "store/src/tracking/experiment-rows.ts#parseExperimentId": {},
  "store/src/validation/registry.ts#parseStage": {},
  "store/src/validation/registry.ts#parseVersion": {},
  "ui/src/features/artifacts/artifact-root.ts#parsePlace": {
    rest: [[{ kind: "model", id: "a", label: "a", uri: "a" }]],
    around: [["models:/a/", ""]],
  },
  "protocol/src/event-stream.ts#eventFromWire": {
    argument: (data) => ({ type: "change", data }),
    around: [['{"changes":[', "]}"]],
  },
  "ui/src/app/follow-events.ts#parseEvent": { around: [["data:", "\n"]] },
  "ui/src/features/runs/run-columns.ts#parseRunColumn": { around: [["metrics.", ""]] },
  "ui/src/features/runs/run-columns.ts#parseColumnIds": { around: [["metrics.", ""]] },
  "ui/src/features/artifacts/preview-kind.ts#parseCsv": {
    rest: [{ separator: ",", rowsMax: 1000 }],
    around: [['a\n"', '"']],
  },
};

/** Exported parsers that never get untrusted text, or that are called by another parser here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "forest/src/persist/forest-header.ts#parseHeader": "its second argument is only passed to JSON.parse",
};

test("every exported text parser is measured", () => {
  const known = [...Object.keys(PARSERS), ...Object.keys(ELSEWHERE)];
  expect(exportedParsers().filter((parser) => !known.includes(parser))).toEqual([]);
});

test.each(Object.entries(PARSERS))(
  "%s takes linear time",
  async (place, { rest = [], argument = String, around = [], pumps = PUMPS }) => {
    const parse = await exported(place);
    const contexts = [["", ""] as const, ...around];
    const slow = contexts.flatMap(([prefix, suffix]) =>
      pumps.flatMap((pump) => {
        const growth = growthOf((chars) => {
          attempt(() => parse(argument(prefix + repeatedPump(pump, chars) + suffix), ...rest));
        });
        return (growth ?? 0) >= GROWTH_MAX ? [{ prefix, pump, suffix, growth }] : [];
      }),
    );
    expect(slow).toEqual([]);
  },
  TIMEOUT_MS,
);

/** Characters with a meaning in some grammar, and short strings of them. */
const PUMPS: readonly string[] = [
  ...Array.from(" \t\n\0a0Aé😀./\\'\"`=:;,#%[]{}()-+@<>&?*_!|~"),
  ...'.. ../ %2e %25 a. a, "a", [a] {"a": [[], 1. 1e .- \'\' "" a\'\' a\' :// a+ a@ a:'.split(" "),
  "\r\n",
  "a=b\n",
  "- a\n",
  "a: b\n",
  "1 ",
  "a ",
  " #",
  "AND ",
  "NOT ",
  "x = 1 AND ",
  "k#N=",
  '{"k#N":1},',
];

/** Repeats the pump up to that many characters; `#N` counts. */
function repeatedPump(pump: string, chars: number): string {
  const count = Math.ceil(chars / pump.length);
  if (!pump.includes("#N")) return pump.repeat(count);
  return Array.from({ length: count }, (_, index) => pump.replace("#N", String(index))).join("");
}

/** Refusing the text is fine; a TypeError means that the parser was called incorrectly. */
function attempt(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (error instanceof TypeError) throw error;
  }
}

type Callable = (...args: readonly unknown[]) => unknown;

async function exported(place: string): Promise<Callable> {
  const [file, name = ""] = place.split("#");
  const url = new URL(`../packages/${file}`, import.meta.url);
  const module = (await import(fileURLToPath(url))) as Readonly<Record<string, unknown>>; // Every module is such an object.
  const parse = module[name];
  if (typeof parse !== "function") throw new TypeError(`${place} is not exported`);
  return parse as Callable; // The table defines how to call it.
}

/** Exported functions with a parser's name and a string as the first parameter. */
function exportedParsers(): readonly string[] {
  return sourceFiles().flatMap(({ path, program }) =>
    program.body.flatMap((statement) => {
      if (statement.type !== "ExportNamedDeclaration") return [];
      const { declaration } = statement;
      if (declaration?.type !== "FunctionDeclaration" || declaration.async || declaration.generator)
        return [];
      const name = declaration.id?.name ?? "";
      const [first] = declaration.params;
      const type = first?.type === "Identifier" ? first.typeAnnotation?.typeAnnotation : undefined;
      const types = type?.type === "TSUnionType" ? type.types : [type];
      const isText = types.some((each) => each?.type === "TSStringKeyword");
      return isText && /^(parse|decode|tokenize|split)/.test(name)
        ? [`${path.replace(/^packages\//, "")}#${name}`]
        : [];
    }),
  );
}
