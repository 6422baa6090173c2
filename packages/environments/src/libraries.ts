import { assert, invalid } from "@flightdeck/core";
import type { PythonDefinition } from "./definition/environment-definition.ts";
import { compareVersions, parseConstraints, type VersionConstraint } from "./python/version-constraint.ts";

/** A Python package to install, as in a Databricks job. */
export type PythonLibrary = {
  /** A pip requirement, or the absolute path of a wheel. */
  readonly requirement: string;
  /** An additional package index. */
  readonly indexUrl?: string | undefined;
};

/** An environment definition for libraries, and remarks for the user. */
export type LibrariesDefinition = {
  readonly definition: PythonDefinition;
  readonly remarks: readonly string[];
};

/** A name with optional extras, versions and markers. */
const NAMED = /^[A-Za-z0-9][\w.-]*(?:\s*\[[\w\s,.-]*\])?\s*(?:[=<>!~(;].*)?$/;

/** A URL, optionally after `name @`. */
const ADDRESSED = /^(?:[A-Za-z0-9][\w.-]*(?:\s*\[[\w\s,.-]*\])?\s*@\s*)?(?:git\+https|https?):\/\/\S+$/;

const WHEEL = /^\/[^\s#;?]+\.whl$/;

const INDEX = /^https?:\/\/\S+$/;

type Companions = {
  /** To install along with the requirements. */
  readonly requirements: readonly string[];
  /** The Python versions for which all have wheels. */
  readonly python: readonly VersionConstraint[];
  /** What was added and why; a line each. */
  readonly remarks: readonly string[];
};

const REQUIREMENT =
  /^(?<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:==\s*(?<pinned>\d[\d.]*)(?=\s*(?:$|[;,])))?/;

/** Constraints that old releases of a package need but do not declare. */
type KnownCompanions = {
  readonly package: string;
  /** Applies to releases before this one. If several entries match, all apply. */
  readonly below: string;
  /** Constraints on other packages whose later releases break these. */
  readonly requirements: readonly string[];
  /** The Python versions for which those releases have wheels. */
  readonly python: string;
};

/**
 * Maintained by hand: each entry was found by installing the releases and importing them. mlflow 2.18 and later need none.
 * The reasons: setuptools 81 removed pkg_resources, numpy 1.24 removed `np.object`, and protobuf 3.21 rejects code from older
 * releases of its compiler.
 */
export const KNOWN_COMPANIONS: readonly KnownCompanions[] = [
  { package: "mlflow", below: "2.18", requirements: ["setuptools<81"], python: "<3.12" },
  {
    package: "mlflow",
    below: "2",
    requirements: ["numpy<2", "pandas<2", "sqlalchemy<2", "flask<2.3", "werkzeug<3"],
    python: "<3.12",
  },
  { package: "mlflow", below: "1.28", requirements: ["protobuf<3.21"], python: "<3.12" },
  { package: "mlflow", below: "1.25", requirements: ["numpy<1.24"], python: "<3.12" },
];

/**
 * The definition of an environment with the given libraries and their known companions. Throws `INVALID_PARAMETER_VALUE` for
 * anything that is not a requirement. In particular, pip options are rejected, because they could read other files or indexes.
 */
export function defineLibraries(libraries: readonly PythonLibrary[]): LibrariesDefinition {
  const requirements = libraries.map(({ requirement }) => checkRequirement(requirement));
  const indexes = libraries.flatMap(({ indexUrl }) =>
    indexUrl === undefined ? [] : [checkedIndex(indexUrl)],
  );
  const { python, remarks, requirements: added } = findCompanions(requirements);
  return {
    definition: {
      kind: "python_env",
      source: libraries.length === 1 ? "1 library" : `${libraries.length} libraries`,
      folder: "/",
      python,
      buildDependencies: [],
      dependencies: [...new Set(indexes)]
        .map((url) => `--extra-index-url ${url}`)
        .concat(requirements, added),
    },
    remarks,
  };
}

/**
 * Returns a pip requirement without surrounding space. Development releases of MLflow also wrap it in single quotes, as for
 * a shell. Throws `INVALID_PARAMETER_VALUE` for anything else, pip options included.
 */
export function checkRequirement(text: string): string {
  const requirement = text.trim().replace(/^'(.*)'$/, "$1");
  // pip would parse an option after a requirement as well.
  const isOne =
    !/[\r\n]|\s-/.test(requirement) && [NAMED, ADDRESSED, WHEEL].some((form) => form.test(requirement));
  if (isOne) return requirement;
  const message = `a library must be a requirement such as scikit-learn==1.4.2, or an https URL, got ${JSON.stringify(text)}`;
  throw invalid(message);
}

function checkedIndex(url: string): string {
  if (INDEX.test(url)) return url;
  const message = `the repo of a library must be an http or https URL, got ${JSON.stringify(url)}`;
  throw invalid(message);
}

/**
 * The known companions of some requirements. Only exactly pinned releases have any: otherwise pip takes the newest, which
 * needs none. Packages that the requirements already list are skipped.
 */
export function findCompanions(requirements: readonly string[]): Companions {
  const asked = requirements.map(parseRequirement);
  const found = asked.flatMap(({ name, pinned }) =>
    KNOWN_COMPANIONS.filter((each) => pinned !== undefined && fits(each, name, pinned)).map((each) => ({
      ...each,
      whose: `${name}==${pinned}`,
    })),
  );
  const named = new Set(asked.map(({ name }) => name));
  const added = found.flatMap(({ requirements: needed, whose }) =>
    needed
      .filter((each) => !named.has(parseRequirement(each).name))
      .map((requirement) => ({ requirement, whose })),
  );
  return {
    requirements: added.map(({ requirement }) => requirement),
    python: [...new Set(found.map(({ python }) => python))].flatMap(constraintsOf),
    remarks: added.map(({ requirement, whose }) => `added   ${requirement} (${whose} needs it)`),
  };
}

function fits({ package: of, below }: KnownCompanions, name: string, pinned: string): boolean {
  return name === of && compareVersions(pinned, below) < 0;
}

/** A line that starts with a URL, which names no package. */
const NAMELESS = /^[\w+.-]+:\/\//;

/**
 * The package's name in a line of pip requirements, normalized as on PyPI; undefined for options, comments, paths and URLs
 * without a name.
 */
export function requirementName(line: string): string | undefined {
  const { name } = parseRequirement(line);
  return name === "" || NAMELESS.test(line.trim()) ? undefined : name;
}

function parseRequirement(text: string): { readonly name: string; readonly pinned: string | undefined } {
  const { name = "", pinned } = REQUIREMENT.exec(text.trim())?.groups ?? {};
  return { name: name.toLowerCase().replaceAll(/[-_.]+/g, "-"), pinned };
}

function constraintsOf(python: string): readonly VersionConstraint[] {
  const constraints = parseConstraints(python);
  assert(constraints !== undefined, `${python} is not a version constraint`);
  return constraints;
}
