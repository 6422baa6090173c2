import { AppError } from "@flightdeck/core";
import type { InstalledPython } from "./find-pythons.ts";
import {
  allowsVersion,
  compareVersions,
  shownConstraints,
  type VersionConstraint,
} from "./version-constraint.ts";

export type ChoosePythonOptions = {
  readonly installed: readonly InstalledPython[];
  readonly wanted: readonly VersionConstraint[];
  /** Take the nearest when the one wanted is not there. */
  readonly bestEffort: boolean;
};

/** No release of Python had a higher patch level than 20 so far. */
const PATCH_MAX = 1_000;

/** The Python to build with, and whether it is only the nearest. */
export type ChosenPython = InstalledPython & { readonly isNearest: boolean };

/**
 * The usual Python when it is allowed, else the newest that is. Throws `INVALID_PARAMETER_VALUE` with those that there are
 * when none is, unless the nearest will do.
 */
export function choosePython({ installed, wanted, bestEffort }: ChoosePythonOptions): ChosenPython {
  const [usual] = installed;
  const allowed = installed.filter(({ version }) => allowsVersion(wanted, version));
  const newest = allowed.toSorted((a, b) => compareVersions(b.version, a.version))[0];
  const chosen = usual !== undefined && allowed.includes(usual) ? usual : newest;
  if (chosen !== undefined) return { ...chosen, isNearest: false };
  const nearest = nearestTo(wanted, installed);
  if (bestEffort && nearest !== undefined) return { ...nearest, isNearest: true };
  throw notInstalled(wanted, installed, nearest);
}

/** Of the nearest minor version; of that the nearest patch level, or the newest of another minor version. */
function nearestTo(
  wanted: readonly VersionConstraint[],
  installed: readonly InstalledPython[],
): InstalledPython | undefined {
  const target = wanted[0]?.version ?? "3";
  return installed.toSorted((a, b) => distance(a.version, target) - distance(b.version, target))[0];
}

function distance(version: string, target: string): number {
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  const [, targetMinor = 0, targetPatch = 0] = target.split(".").map(Number);
  if (minor === targetMinor) return Math.abs(patch - targetPatch) / PATCH_MAX;
  return Math.abs(minor - targetMinor) + 1 - patch / PATCH_MAX;
}

function notInstalled(
  wanted: readonly VersionConstraint[],
  installed: readonly InstalledPython[],
  nearest: InstalledPython | undefined,
): AppError {
  const asked = shownConstraints(wanted);
  if (nearest === undefined) {
    const message = `Python ${asked} is needed, and no Python 3 was found on PATH, in pyenv or in uv`;
    return new AppError("INVALID_PARAMETER_VALUE", message.replace("  ", " "));
  }
  const versions = [...new Set(installed.map(({ version }) => version))].toSorted(compareVersions).join(", ");
  const message = `Python ${asked} is not installed here, and Python itself is not downloaded; there is ${versions}. Install it, or pass --best-effort to use ${nearest.version}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
