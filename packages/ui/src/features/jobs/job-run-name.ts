import type { JobRunWire } from "@flightdeck/protocol";

/** What a run is called; one that nobody named goes by its number. */
export function jobRunName({ run_name: name, run_id: id }: Pick<JobRunWire, "run_name" | "run_id">): string {
  return name.trim() === "" ? `Job run ${id}` : name;
}
