import { AppError } from "@flightdeck/core";
import { parseEntry, parseSectionName } from "./parse-ini.ts";

export type ProfileEdit = {
  readonly profile: string;
  /** Set, or removed where undefined; other keys of the profile stay. */
  readonly fields: Readonly<Record<string, string | undefined>>;
};

/**
 * The text of a profiles file with one profile changed, or added at the end. All else stays as it is, comments too. A
 * profile that is there twice is changed in both places, since the last key of a name counts.
 */
export function editProfile(text: string, { profile, fields }: ProfileEdit): string {
  checkProfileName(profile);
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const sections = sectionsOf(lines);
  const kept = lines.filter((line, index) => !isReplaced(line, sections[index], { profile, fields }));
  const added = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${checkValue(key, value)}`],
  );
  const header = kept.findLastIndex((line) => parseSectionName(line) === profile);
  const edited =
    header === -1
      ? [...kept, ...(kept.length === 0 ? [] : [""]), `[${profile}]`, ...added]
      : kept.toSpliced(header + 1, 0, ...added);
  return `${edited.join("\n")}\n`;
}

function isReplaced(line: string, section: string | undefined, { profile, fields }: ProfileEdit): boolean {
  const key = parseEntry(line)?.key;
  return section === profile && key !== undefined && Object.hasOwn(fields, key);
}

/** Of each line the section that it stands in. */
function sectionsOf(lines: readonly string[]): readonly (string | undefined)[] {
  let current: string | undefined;
  return lines.map((line) => (current = parseSectionName(line) ?? current));
}

/** Databricks' own tools keep their settings in a section of this name. */
const RESERVED = "__settings__";

function checkProfileName(profile: string): void {
  if (/^[^\]\n\r[]+$/.test(profile) && profile !== RESERVED) return;
  const message = `a profile's name is a line without [ and ], and not ${RESERVED}, got ${JSON.stringify(profile)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The value is not shown: it may be a secret. */
function checkValue(key: string, value: string): string {
  if (/^\S(?:.*\S)?$/.test(value)) return value;
  throw new AppError("INVALID_PARAMETER_VALUE", `${key} must be one line of text without blanks around it`);
}
