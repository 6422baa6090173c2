import { OrphanWatch } from "@flightdeck/compute";
import { newId } from "@flightdeck/core";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What fetches into the folder keeps nothing there worth saving, and gets little time to end. */
const GRACE_MS = 2_000;

/**
 * Removes the folder when no process works in it any more: a project's program, whose own watch ends it, may still clean
 * up. It gets ten seconds for that; thirty are enough for the slowest.
 */
const REMOVE = `
left=300
while [ "$left" -gt 0 ] && ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -qF -e "-> $1"; do
  sleep 0.1
  left=$((left - 1))
done
rm -rf -- "$1"
`;

/** A folder for a project, or data, that is fetched. It does not outlive us: not even when we are killed with SIGKILL. */
export class FetchedFolder {
  readonly path: string;
  /** For processes that work on it, as a value of `GROUP_MARKER_VARIABLE`: they are ended with us. */
  readonly marker: string = newId();
  private readonly watch: OrphanWatch;

  private constructor(path: string) {
    this.path = path;
    const afterwards = ["sh", "-c", REMOVE, "sh", path];
    this.watch = new OrphanWatch({ marker: this.marker, graceMs: GRACE_MS, afterwards });
  }

  static async create(what: "project" | "data"): Promise<FetchedFolder> {
    return new FetchedFolder(await realpath(await mkdtemp(join(tmpdir(), `flightdeck-${what}-`))));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    this.watch.dispose();
  }
}
