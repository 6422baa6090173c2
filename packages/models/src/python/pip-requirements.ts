import { invalid } from "@flightdeck/core";
import { checkRequirement, requirementName } from "@flightdeck/environments";
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";

/** A change to the pip requirements of a model. */
export type RequirementsChange = {
  readonly operation: "add" | "remove";
  /** Pip requirements. Removing looks only at their names. */
  readonly requirements: readonly string[];
};

/** The files of a model folder that list its pip requirements. */
export const REQUIREMENTS_FILES = ["conda.yaml", "requirements.txt"] as const;

/** A file's new text and all its pip requirements. */
export type ChangedRequirements = { readonly text: string; readonly requirements: readonly string[] };

/**
 * Changes one of `REQUIREMENTS_FILES`. A requirement that is added replaces the one of the same package, if any. Names are
 * compared as on PyPI, so `PyYAML` is `pyyaml`. All other lines stay, but for blank lines and for comments in conda.yaml's list.
 * Throws `INVALID_PARAMETER_VALUE` for anything that is not a requirement with a name, and for a malformed file.
 */
export function changeRequirements(
  file: (typeof REQUIREMENTS_FILES)[number],
  text: string,
  change: RequirementsChange,
): ChangedRequirements {
  return file === "conda.yaml" ? changeCondaYaml(text, change) : changeRequirementsTxt(text, change);
}

function changeRequirementsTxt(text: string, change: RequirementsChange): ChangedRequirements {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const changed = changeLines(lines, change);
  return { text: changed.map((line) => `${line}\n`).join(""), requirements: changed };
}

function changeCondaYaml(text: string, change: RequirementsChange): ChangedRequirements {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) throw invalid(`conda.yaml: ${error.message}`);
  const dependencies = document.get("dependencies");
  if (!isSeq(dependencies)) throw invalid("conda.yaml: dependencies must be a list");
  const pip = dependencies.items.find((item): item is YAMLMap => isMap(item) && item.has("pip"));
  const requirements = changeLines(pip === undefined ? [] : pipLines(pip), change);
  if (pip === undefined) dependencies.add(document.createNode({ pip: requirements }));
  else pip.set("pip", document.createNode(requirements));
  return { text: document.toString({ lineWidth: 0 }), requirements };
}

function pipLines(map: YAMLMap): readonly string[] {
  const list = map.get("pip");
  if (!isSeq(list)) throw invalid("conda.yaml: pip must be a list");
  return list.items.map((item) => {
    if (isScalar(item) && typeof item.value === "string") return item.value;
    throw invalid("conda.yaml: pip must be a list of requirements");
  });
}

function changeLines(lines: readonly string[], change: RequirementsChange): readonly string[] {
  const given = new Map(change.requirements.map(namedRequirement));
  const named = lines.map((line) => ({ line, name: requirementName(line) }));
  const isGiven = (name: string | undefined): name is string => name !== undefined && given.has(name);
  if (change.operation === "remove") {
    return named.filter(({ name }) => !isGiven(name)).map(({ line }) => line);
  }
  const kept = named.map(({ line, name }) => (isGiven(name) ? (given.get(name) ?? line) : line));
  const present = new Set(named.map(({ name }) => name));
  const added = [...given].filter(([name]) => !present.has(name)).map(([, requirement]) => requirement);
  return [...kept, ...added];
}

function namedRequirement(text: string): readonly [name: string, requirement: string] {
  const requirement = checkRequirement(text);
  const name = requirementName(requirement);
  if (name !== undefined) return [name, requirement];
  throw invalid(`a requirement must name its package, as in "name @ ${requirement}", got ${requirement}`);
}
