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

/** `channel::name`, then a version in one of conda's forms, then perhaps a build, or brackets (conda's MatchSpec). */
const PACKAGE =
  /^(?:[^:\s]*::)?(?<name>[A-Za-z0-9_][\w.-]*)\s*(?:(?<version>[^\s[]*(?:,\s*[^\s[]+)*)(?:\s+(?<build>[^\s[]+))?)?\s*(?:\[(?<brackets>[^\]]*)\])?$/;

const VERSION_FIELD = /(?:^|,)\s*version\s*=\s*(?<quote>['"]?)(?<version>.*?)\k<quote>\s*(?=,|$)/;

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
    if (parsed === undefined) fail(`${JSON.stringify(dependency)} is no package specification of conda's`);
    else if (parsed.name !== "python") packages.push(parsed);
    else
      python = parsed.constraints ?? fail(`python must have one version, got ${JSON.stringify(dependency)}`);
  }
  return { kind: "conda_env", ...place, text, python, packages, dependencies };
}

function parsePackage(text: string): CondaPackage | undefined {
  const groups = PACKAGE.exec(text)?.groups;
  if (groups?.["name"] === undefined) return undefined;
  const version =
    VERSION_FIELD.exec(groups["brackets"] ?? "")?.groups?.["version"] ?? groups["version"] ?? "";
  return { name: groups["name"].toLowerCase(), constraints: constraintsOf(version), text };
}

/** `=1.2=py38_0` is a version and a build, which other package managers do not know. */
function constraintsOf(version: string): readonly VersionConstraint[] | undefined {
  const withoutBuild = version.replace(/^(=?=?[^=<>!~]+)=[^=]*$/, "$1");
  return parseConstraints(withoutBuild);
}
