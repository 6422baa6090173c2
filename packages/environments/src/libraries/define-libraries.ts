import { AppError } from "@flightdeck/core";
import type { PythonDefinition } from "../definition/environment-definition.ts";
import { findCompanions } from "./find-companions.ts";

/** A Python package to install, as a job of Databricks names it. */
export type PythonLibrary = {
  /** A requirement as pip has it, or the absolute path of a wheel. */
  readonly requirement: string;
  /** An index to look in as well. */
  readonly indexUrl?: string | undefined;
};

/** What is built from libraries, and what to tell of it. */
export type LibrariesDefinition = {
  readonly definition: PythonDefinition;
  readonly remarks: readonly string[];
};

/** A name, with extras, versions and markers; or a name or nothing, and an address. */
const NAMED = /^[A-Za-z0-9][\w.-]*(?:\s*\[[\w\s,.-]*\])?\s*(?:[=<>!~(;].*)?$/;
const ADDRESSED = /^(?:[A-Za-z0-9][\w.-]*(?:\s*\[[\w\s,.-]*\])?\s*@\s*)?(?:git\+https|https?):\/\/\S+$/;
const WHEEL = /^\/[^\s#;?]+\.whl$/;
const INDEX = /^https?:\/\/\S+$/;

/**
 * The definition of an environment that holds libraries, and what they need beside them as far as it is known. Throws
 * `INVALID_PARAMETER_VALUE` for what is no requirement, such as an option of pip's: it would mean another file or place.
 */
export function defineLibraries(libraries: readonly PythonLibrary[]): LibrariesDefinition {
  const requirements = libraries.map(({ requirement }) => checkedRequirement(requirement));
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

/** MLflow's releases under development quote theirs, as for a shell. */
function checkedRequirement(text: string): string {
  const requirement = text.trim().replace(/^'(.*)'$/, "$1");
  // An option behind a requirement is the requirement's own line for pip.
  const isOne =
    !/[\r\n]|\s-/.test(requirement) && [NAMED, ADDRESSED, WHEEL].some((form) => form.test(requirement));
  if (isOne) return requirement;
  const message = `a library must be a requirement such as scikit-learn==1.4.2, or an https address, got ${JSON.stringify(text)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function checkedIndex(url: string): string {
  if (INDEX.test(url)) return url;
  const message = `the repo of a library must be an http or https address, got ${JSON.stringify(url)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
