import { AppError } from "@flightdeck/core";

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
  const kept = lines.filter((line, index) => !isReplaced(line, sectionAt(lines, index), { profile, fields }));
  const added = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${checkValue(key, value)}`],
  );
  const header = kept.findLastIndex((line) => sectionName(line) === profile);
  const edited =
    header === -1
      ? [...kept, ...(kept.length === 0 ? [] : [""]), `[${profile}]`, ...added]
      : kept.toSpliced(header + 1, 0, ...added);
  return `${edited.join("\n")}\n`;
}

function isReplaced(line: string, section: string | undefined, { profile, fields }: ProfileEdit): boolean {
  const [, key] = /^\s*([^#;=:\s][^=:]*?)\s*[=:]/.exec(line) ?? [];
  return section === profile && key !== undefined && Object.hasOwn(fields, key.toLowerCase());
}

function sectionAt(lines: readonly string[], index: number): string | undefined {
  const header = lines.slice(0, index + 1).findLast((line) => sectionName(line) !== undefined);
  return header === undefined ? undefined : sectionName(header);
}

function sectionName(line: string): string | undefined {
  return /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
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
