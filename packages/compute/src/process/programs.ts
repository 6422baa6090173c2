import { existsSync } from "node:fs";
import { join } from "node:path";

const FOLDERS: readonly string[] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** Characters that have no special meaning anywhere in a bash word. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * Finds a system program without using PATH, which is meant for the started program. Returns the bare name if not
 * found.
 */
export function systemProgram(name: string): string {
  const paths = FOLDERS.map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? name;
}

/** Quotes a text as a single word in a bash command. */
export function quoteForShell(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
