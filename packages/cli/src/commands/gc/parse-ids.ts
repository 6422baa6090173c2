import { InvalidArgumentError } from "commander";

/** Ids with commas between them. An empty list is refused: in MLflow's command it would mean everything. */
export function parseIds(text: string): readonly string[] {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.includes("")) throw new InvalidArgumentError("It must be ids with commas between them.");
  return ids;
}
