import type { CondaDefinition, CondaPackage } from "../definition/environment-definition.ts";
import {
  allowsVersion,
  compareVersions,
  shownConstraints,
  toRequirement,
  type VersionConstraint,
} from "../python/version-constraint.ts";
import { CONDA_COUNTERPARTS, type CondaCounterpart } from "./conda-counterparts.ts";

/** What becomes of one conda package without conda. */
export type MappedPackage = {
  /** As it stands in the file. */
  readonly asked: string;
  /**
   * `mapped`: it is there as asked. `changed`: it is there in another version. `dropped`: it is not needed. `missing`: it is
   * not there.
   */
  readonly outcome: "mapped" | "changed" | "dropped" | "missing";
  /** What pip installs for it. */
  readonly requirement?: string;
  /** Why it is not as asked. */
  readonly reason?: string;
};

/** Tells for each package of a conda file what pip can install in its place. Nothing is guessed. */
export function mapCondaPackages({ packages }: CondaDefinition): readonly MappedPackage[] {
  return packages.map((each) => mapPackage(each, CONDA_COUNTERPARTS.get(each.name)));
}

function mapPackage(
  { text: asked, constraints }: CondaPackage,
  counterpart: CondaCounterpart | undefined,
): MappedPackage {
  if (counterpart === undefined)
    return { asked, outcome: "missing", reason: "no counterpart on PyPI is known" };
  if ("dropped" in counterpart) return { asked, outcome: "dropped", reason: counterpart.dropped };
  const { pypi, since } = counterpart;
  if (constraints === undefined) {
    const reason = "pip has no form for its version; any is taken";
    return { asked, outcome: "changed", requirement: pypi, reason };
  }
  if (since !== undefined && !reaches(constraints, since)) {
    const reason = `PyPI has ${pypi} from ${since} on, and ${shownConstraints(constraints)} is older; any is taken`;
    return { asked, outcome: "changed", requirement: pypi, reason };
  }
  return { asked, outcome: "mapped", requirement: toRequirement(pypi, constraints) };
}

/** Whether constraints leave room for a version at or after `since`. */
function reaches(constraints: readonly VersionConstraint[], since: string): boolean {
  return constraints.every(({ operator, version }) => {
    if (operator === ">=" || operator === ">" || operator === "!=") return true;
    if (operator === "=" || operator === "~=")
      return compareVersions(version, since) >= 0 || allowsVersion([{ operator, version }], since);
    return compareVersions(version, since) >= 0;
  });
}
