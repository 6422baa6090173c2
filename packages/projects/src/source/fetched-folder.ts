import { OrphanWatch } from "@flightdeck/compute";
import { newId } from "@flightdeck/core";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Short: processes that fetch into the folder have nothing to save when they are ended. */
const GRACE_MS = 2_000;

/**
 * Removes the folder once no process has its working directory in it. The project's program, which its own watch ends, may
 * still be cleaning up and gets ten seconds for that; we wait at most thirty.
 */
const REMOVE = `
left=300
while [ "$left" -gt 0 ] && ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -qF -e "-> $1"; do
  sleep 0.1
  left=$((left - 1))
done
rm -rf -- "$1"
`;

/** A temporary folder for a fetched project or data. It is removed even when our process dies from SIGKILL. */
export class FetchedFolder {
  readonly path: string;
  /** The `GROUP_MARKER_VARIABLE` value for processes that work in the folder, so that they are ended with ours. */
  readonly marker: string = newId();
  readonly #watch: OrphanWatch;

  private constructor(path: string) {
    this.path = path;
    const afterwards = ["sh", "-c", REMOVE, "sh", path];
    this.#watch = new OrphanWatch({ marker: this.marker, graceMs: GRACE_MS, afterwards });
  }

  static async create(what: "project" | "data"): Promise<FetchedFolder> {
    return new FetchedFolder(await realpath(await mkdtemp(join(tmpdir(), `flightdeck-${what}-`))));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    this.#watch.dispose();
  }
}
