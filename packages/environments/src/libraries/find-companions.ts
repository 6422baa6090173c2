import { assert } from "@flightdeck/core";
import { compareVersions, parseConstraints, type VersionConstraint } from "../python/version-constraint.ts";
import { KNOWN_COMPANIONS, type KnownCompanions } from "./known-companions.ts";

export type Companions = {
  /** To be installed with the requirements. */
  readonly requirements: readonly string[];
  /** Pythons that all have wheels for. */
  readonly python: readonly VersionConstraint[];
  /** What was added, and for whose sake; a line each. */
  readonly remarks: readonly string[];
};

const REQUIREMENT =
  /^(?<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:==\s*(?<pinned>\d[\d.]*)(?=\s*(?:$|[;,])))?/;

/**
 * What requirements need beside them, as far as it is known. Only releases that are named exactly count: of others the newest
 * is taken, which needs nothing. A package that the requirements name is left to them.
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

/** The name as PyPI compares names. */
function parseRequirement(text: string): { readonly name: string; readonly pinned: string | undefined } {
  const { name = "", pinned } = REQUIREMENT.exec(text.trim())?.groups ?? {};
  return { name: name.toLowerCase().replaceAll(/[-_.]+/g, "-"), pinned };
}

function constraintsOf(python: string): readonly VersionConstraint[] {
  const constraints = parseConstraints(python);
  assert(constraints !== undefined, `${python} is no constraint`);
  return constraints;
}
