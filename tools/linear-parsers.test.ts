import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { GROWTH_MAX, growthOf } from "./growth.ts";
import { sourceFiles } from "./source-files.ts";

/*
 * Every parser of text from outside takes time in proportion to its text. Each is called with the characters that
 * grammars are made of, repeated, alone and within what the parser itself asks for; whether it takes or refuses the text.
 */

type Parser = {
  /** What follows the text in a call. */
  readonly rest?: readonly unknown[];
  /** How a call is made, where the text is not its first argument. */
  readonly argument?: (text: string) => unknown;
  /** Texts that lead into the parser, each with what follows the repeated part. */
  readonly around?: readonly (readonly [string, string])[];
  /** What is repeated; default everything below. `#N` is another number each time. */
  readonly pumps?: readonly string[];
};

/** YAML is parsed by a library, which has a large constant: with the characters that mean something to it. */
const YAML: readonly string[] =
  " |\n|a|'|\"|:|#|%|[|{|- |- a\n|a: b\n|k#N: b\n|[[],|? |&a |*a |!a |>\n".split("|");

/** Where the machine has much else to do. */
const TIMEOUT_MS = 120_000;
const CONDA = "dependencies:\n- ";
const FROM_PLACE = { source: "file", folder: "/", file: "/conda.yaml" };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** By file and name. A parser that is exported and not here fails the test below. */
const PARSERS: Readonly<Record<string, Parser>> = {
  "core/src/json-depth.ts#parseUntrustedJson": {
    around: [
      ["[", "]"],
      ['{"a":', "}"],
    ],
  },
  "artifacts/src/uri/parse-artifact-uri.ts#parseArtifactUri": {
    around: "mlflow-artifacts: mlflow-artifacts:// file:/ file:/// runs:/ models:/ dbfs:/ s3:// http://a/"
      .split(" ")
      .map((scheme) => [scheme, ""] as const),
  },
  "artifacts/src/uri/parse-model-uri.ts#parseModelUri": {
    argument: (text) => `models:${text}`,
    rest: ["/a/1"],
  },
  "artifacts/src/paths/check-artifact-path.ts#checkArtifactPath": { around: [["a/", "/.."]] },
  "artifacts/src/paths/check-artifact-path.ts#checkNonEmptyArtifactPath": {},
  "artifacts/src/paths/check-artifact-path.ts#decodeArtifactPath": { around: [["", "%"]] },
  "cli/src/tracking/parse-tracking-location.ts#parseTrackingLocation": {
    rest: ["/data"],
    around: [
      ["http://", ""],
      ["sqlite:///", ""],
      ["file:", ""],
    ],
  },
  "cli/src/commands/databricks/fs/dbfs-place.ts#checkDbfsPath": { around: [["dbfs:/", ""]] },
  "cli/src/commands/option-parsers.ts#parsePort": {},
  "cli/src/commands/option-parsers.ts#parseCount": {},
  "cli/src/commands/option-parsers.ts#parseOffset": {},
  "cli/src/commands/gc/parse-age.ts#parseAge": { around: [["1d", "s"]] },
  "cli/src/commands/gc/parse-ids.ts#parseIds": {},
  "client/src/rest/parse-tracking-uri.ts#parseTrackingUri": {
    around: [
      ["http://h/", ""],
      ["http://", "@h"],
    ],
  },
  "client/src/rest/retry-policy.ts#parseRetryAfter": { rest: [0], around: [["Sat, 28 Nov 2026 ", " GMT"]] },
  "client/src/databricks/parse-ini.ts#parseIni": { around: [["[a]\na", "\n"]] },
  "client/src/databricks/parse-ini.ts#parseEntry": { around: [["a", "="]] },
  "client/src/databricks/parse-ini.ts#parseSectionName": { around: [["[", "]"]] },
  "core/src/parse-json.ts#parseJson": { rest: ["text"], around: [['{"a":', "}"]] },
  "environments/src/definition/parse-conda-env.ts#parseCondaEnv": {
    pumps: YAML,
    rest: [FROM_PLACE],
    around: [
      [CONDA, ""],
      [`${CONDA}"python `, '"'],
      [`${CONDA}"a[version=`, ']"'],
    ],
  },
  "environments/src/definition/parse-python-env.ts#parsePythonEnv": {
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
  "import/src/source/parse-source-uri.ts#parseSourceUri": {
    around: [
      ["sqlite:///", ""],
      ["postgresql://", ""],
    ],
  },
  "import/src/folder/parse-plain-yaml.ts#parsePlainYaml": {
    pumps: YAML,
    rest: ["file"],
    around: [["a: ", ""]],
  },
  "import/src/folder/parse-point.ts#parsePoint": { rest: ["file"], around: [["1 ", " 1"]] },
  "models/src/mlmodel/ml-model-file.ts#parseMlModel": {
    pumps: YAML,
    rest: ["file"],
    around: [["flavors: ", ""]],
  },
  "models/src/serving/content-type.ts#parseContentType": { around: [["text/csv; charset=", ""]] },
  "models/src/serving/parse-invocation.ts#parseInvocation": {
    around: [
      ['{"inputs":[', "1]}"],
      ['{"dataframe_split":{"data":[', "[1]]}}"],
    ],
  },
  "models/src/serving/parse-invocation.ts#parsePandasSplit": { around: [['{"data":[', "[1]]}"]] },
  "models/src/serving/parse-invocation.ts#parsePandasRecords": { around: [["[", "{}]"]] },
  "projects/src/source/parse-project-uri.ts#parseProjectUri": {
    around: [
      ["file:", ""],
      ["https://", ".zip"],
      ["a#", ""],
      ["git+", "://"],
    ],
  },
  "projects/src/source/without-credentials.ts#withoutCredentials": {
    around: [["https://", "@"]],
  },
  "projects/src/project/parse-ml-project.ts#parseMlProject": {
    pumps: YAML,
    rest: ["MLproject"],
    around: [['name: "', '"']],
  },
  "projects/src/command/parse-template.ts#parseTemplate": { around: [["{", "}"]] },
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
  "protocol/src/search/parse-order.ts#parseOrderBy": {
    argument: (text) => [text],
    rest: ["runs"],
    around: [
      ["metrics.", " DESC"],
      ["params.`", "`"],
    ],
  },
  "protocol/src/unity-catalog/full-name.ts#splitFullName": {},
  "protocol/src/unity-catalog/lineage.ts#parseLineageHeader": {
    argument: base64,
    around: [['{"entities":[', "{}]}"]],
  },
  "server/src/artifacts/check-artifact-location.ts#checkArtifactLocation": {
    around: [
      ["dbfs:/", ""],
      ["s3://b/", ""],
      ["file:///", ""],
    ],
  },
  "server/src/artifacts/byte-range.ts#requestedRange": { rest: [undefined, 100], around: [["bytes=", "-"]] },
  "server/src/dbfs/base64.ts#decodeBase64": {},
  "artifacts/src/paths/databricks-paths.ts#parseDbfsPath": { around: [["dbfs:/", ""]] },
  "artifacts/src/paths/databricks-paths.ts#parseTrackedFiles": {
    around: [["WorkspaceInternal/Mlflow/Artifacts/1/Runs/", "/artifacts"]],
  },
  "server/src/identity/credentials.ts#findCredentials": {
    around: [
      ["Bearer ", " x"],
      ["Basic ", ""],
    ],
  },
  "server/src/identity/credentials.ts#refuseTokenInUrl": {},
  "server/src/jobs/execution/dbfs-file.ts#parseTaskFile": { around: [["dbfs:/", ""]] },
  "artifacts/src/paths/databricks-paths.ts#parseModelFiles": { around: [["Models/", "/1/a"]] },
  "server/src/workspace/workspace-tree.ts#parseWorkspacePath": { around: [["/", ""]] },
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
  "ui/src/features/live/change.ts#parseChanges": { around: [['{"changes":[', "]}"]] },
  "ui/src/features/live/follow-events.ts#parseEvent": { around: [["data:", "\n"]] },
  "ui/src/features/runs/run-columns.ts#parseRunColumn": { around: [["metrics.", ""]] },
  "ui/src/features/runs/runs-search.ts#parseColumnIds": { around: [["metrics.", ""]] },
  "ui/src/features/artifacts/parse-csv.ts#parseCsv": {
    rest: [{ separator: ",", rowsMax: 1000 }],
    around: [['a\n"', '"']],
  },
};

/** Exported parsers that no text from outside reaches, or that another one here calls. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "forest/src/persist/forest-header.ts#parseHeader": "its second argument is JSON.parse's alone",
};

test("every exported parser of a text is measured", () => {
  const known = [...Object.keys(PARSERS), ...Object.keys(ELSEWHERE)];
  expect(exportedParsers().filter((parser) => !known.includes(parser))).toEqual([]);
});

test.each(Object.entries(PARSERS))(
  "%s takes time in proportion to its text",
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

/** Characters with a meaning in some grammar, and short words made of them. */
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

/** The pump again and again, until there are so many characters; `#N` counts. */
function repeatedPump(pump: string, chars: number): string {
  const count = Math.ceil(chars / pump.length);
  if (!pump.includes("#N")) return pump.repeat(count);
  return Array.from({ length: count }, (_, index) => pump.replace("#N", String(index))).join("");
}

/** A refusal is an answer too; a parser called in a wrong way is none. */
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
  const module = (await import(fileURLToPath(url))) as Readonly<Record<string, unknown>>; // Any module is one.
  const parse = module[name];
  if (typeof parse !== "function") throw new TypeError(`${place} is not exported`);
  return parse as Callable; // The table says how it is called.
}

/** Exported functions named as parsers whose first parameter is a text. */
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
