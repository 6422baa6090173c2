import { invalid } from "@flightdeck/core";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Environment } from "../environment.ts";

/** A profile with the address of its workspace and a token, as `configure` saves it. */
export type SavedProfile = { readonly profile: string; readonly host: string; readonly token: string };

/** A profile with two logins is refused, so earlier ones are removed. */
const OTHER_LOGINS = {
  username: undefined,
  password: undefined,
  client_id: undefined,
  client_secret: undefined,
  auth_type: undefined,
};

/** The file holds tokens. */
const OWNER_ONLY = 0o600;

type ProfileEdit = {
  readonly profile: string;
  /** Keys to set, or to remove where undefined; other keys of the profile are kept. */
  readonly fields: Readonly<Record<string, string | undefined>>;
};

/** Sections by name, each with its keys in lower case, as Python's `configparser` reads them. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Writes a workspace's address and token to the profiles file (`DATABRICKS_CONFIG_FILE`, by default
 * `~/.databrickscfg`), readable only by its owner, and returns the file's path. Other profiles are kept. The file is
 * replaced atomically.
 */
export async function saveProfile({ profile, host, token }: SavedProfile, env: Environment): Promise<string> {
  const path = configFileOf(env);
  const text = editProfile(await readIfThere(path), { profile, fields: { host, token, ...OTHER_LOGINS } });
  await mkdir(dirname(path), { recursive: true });
  const target = await realpath(path).catch(() => path); // Keeps a symlink, for example into a dotfiles folder.
  const partial = `${target}.${randomUUID()}`;
  try {
    await writeFile(partial, text, { mode: OWNER_ONLY, flag: "wx" });
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
  return path;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/**
 * Changes one profile in the text of a profiles file, or adds it at the end. Everything else, including comments, is
 * kept. A profile that appears twice is changed in both places, since the last value of a key wins.
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

/** The section of each line. */
function sectionsOf(lines: readonly string[]): readonly (string | undefined)[] {
  let current: string | undefined;
  return lines.map((line) => (current = parseSectionName(line) ?? current));
}

/** Databricks' own tools store their settings in this section. */
const RESERVED = "__settings__";

function checkProfileName(profile: string): void {
  if (/^[^\]\n\r[]+$/.test(profile) && profile !== RESERVED) return;
  const message = `a profile name must be a single line without [ or ], and not ${RESERVED}, got ${JSON.stringify(profile)}`;
  throw invalid(message);
}

/** The error does not show the value, which may be a secret. */
function checkValue(key: string, value: string): string {
  if (/^\S(?:.*\S)?$/.test(value)) return value;
  throw invalid(`${key} must be a single line without leading or trailing blanks`);
}

/**
 * Parses an INI file: `[section]`, `key = value` or `key: value`, whole-line comments after `#` or `;`. The last value
 * of a key wins. Other lines, and lines before the first section, are ignored.
 */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const name = parseSectionName(line);
    if (name !== undefined) {
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const entry = parseEntry(line);
    if (entry !== undefined) current?.set(entry.key, entry.value);
  }
  return sections;
}

/** `key = value` or `key: value`, with the key in lower case; undefined for any other line. */
function parseEntry(line: string): { readonly key: string; readonly value: string } | undefined {
  const separator = line.search(/[=:]/);
  const key = line.slice(0, Math.max(separator, 0)).trim();
  if (key === "" || key.startsWith("#") || key.startsWith(";")) return undefined;
  return { key: key.toLowerCase(), value: line.slice(separator + 1).trim() };
}

/** The section name if the line is a section header. */
function parseSectionName(line: string): string | undefined {
  return /^\[([^\]]+)\]$/.exec(line.trim())?.[1];
}

/** The path of the profiles file: `DATABRICKS_CONFIG_FILE`, by default `~/.databrickscfg`. */
export function configFileOf(env: Environment): string {
  const path = env["DATABRICKS_CONFIG_FILE"];
  if (path === undefined || path === "") return join(homedir(), ".databrickscfg");
  return path.replace(/^~(?=\/)/, homedir());
}
