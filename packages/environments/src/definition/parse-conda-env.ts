import { z } from "zod";
import { parseConstraints, type VersionConstraint } from "../python/version-constraint.ts";
import type { CondaDefinition, CondaPackage } from "./environment-definition.ts";
import { invalidLine, listOf, readYaml } from "./read-yaml.ts";

const pip = z.looseObject({
  pip: z.array(z.string({ error: "must be a requirement, as text" }), { error: "must be a list" }),
});
const schema = z.looseObject(
  {
    dependencies: listOf(
      z.union([z.string(), pip], { error: "must be a package, or a mapping with a list pip" }),
    ),
  },
  { error: "must be a mapping with name, channels and dependencies" },
);

const NAME = /^(?:[^:\s]*::)?(?<name>[A-Za-z0-9_][\w.-]*)/;
const VERSION_FIELD = /(?:^|,)\s*version\s*=\s*(?:'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<bare>[^'",]*))/;

/** Parses a conda environment file. Throws `INVALID_PARAMETER_VALUE` with file and line. */
export function parseCondaEnv(
  text: string,
  place: Pick<CondaDefinition, "source" | "folder" | "file">,
): CondaDefinition {
  const { data, lineOf } = readYaml(text, place.source, schema);
  const packages: CondaPackage[] = [];
  const dependencies: string[] = [];
  let python: readonly VersionConstraint[] = [];
  for (const [index, dependency] of (data.dependencies ?? []).entries()) {
    if (typeof dependency !== "string") {
      dependencies.push(...dependency.pip);
      continue;
    }
    const parsed = parsePackage(dependency.trim());
    const fail = (problem: string): never => {
      throw invalidLine(place.source, lineOf(["dependencies", index]), problem);
    };
    if (parsed === undefined) fail(`${JSON.stringify(dependency)} is not a conda package specification`);
    else if (parsed.name !== "python") packages.push(parsed);
    else
      python = parsed.constraints ?? fail(`python must have one version, got ${JSON.stringify(dependency)}`);
  }
  return { kind: "conda_env", ...place, text, python, packages, dependencies };
}

/** `channel::name`, a version in one of conda's forms, and optionally a build or brackets (conda's MatchSpec). */
function parsePackage(text: string): CondaPackage | undefined {
  const open = text.indexOf("[");
  if (open !== -1 && text.indexOf("]", open) !== text.length - 1) return undefined;
  const before = open === -1 ? text : text.slice(0, open);
  const [head, groups] = [NAME.exec(before)?.[0] ?? "", NAME.exec(before)?.groups];
  if (groups?.["name"] === undefined) return undefined;
  const words = before.slice(head.length).replaceAll(/,\s+/g, ",").trim().split(/\s+/);
  if (words.length > VERSION_AND_BUILD) return undefined;
  const version = versionField(open === -1 ? "" : text.slice(open + 1, -1)) ?? words[0] ?? "";
  return { name: groups["name"].toLowerCase(), constraints: constraintsOf(version), text };
}

const VERSION_AND_BUILD = 2;

function versionField(brackets: string): string | undefined {
  const { single, double, bare } = VERSION_FIELD.exec(brackets)?.groups ?? {};
  return single ?? double ?? bare?.trim();
}

/** `=1.2=py38_0` is a version and a build. Only conda has builds, so the build is dropped. */
function constraintsOf(version: string): readonly VersionConstraint[] | undefined {
  const withoutBuild = version.replace(/^(=?=?[^=<>!~]+)=[^=]*$/, "$1");
  return parseConstraints(withoutBuild);
}
