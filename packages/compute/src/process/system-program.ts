import { existsSync } from "node:fs";
import { join } from "node:path";

const FOLDERS: readonly string[] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** A program of the system by its path: PATH is that of what is started. Its bare name where no usual folder has it. */
export function systemProgram(name: string): string {
  const paths = FOLDERS.map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? name;
}
