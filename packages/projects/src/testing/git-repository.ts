import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A temporary repository for one test, with the branch `main`. */
export class GitRepository {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "git-repository-")));

  constructor() {
    this.git("init", "--quiet", "--initial-branch", "main");
  }

  git(...args: readonly string[]): string {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    return execFileSync("git", ["-C", this.folder, ...identity, ...args], {
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  }

  /** Writes files and commits them. Returns the commit's hash. */
  commit(files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
    this.git("add", ".");
    this.git("commit", "--quiet", "-m", "change");
    return this.git("rev-parse", "HEAD");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
