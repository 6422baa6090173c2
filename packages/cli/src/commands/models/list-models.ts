import { type RegisteredModel, registeredModelToWire } from "@flightdeck/protocol";
import { formatTime } from "../../output/format-time.ts";
import { printRecords } from "../../output/print-table.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withTracking } from "../../tracking/with-tracking.ts";
import type { JsonFlag } from "../json-option.ts";

export type ListModelsFlags = DataDirFlag & JsonFlag;

export async function listModels(flags: ListModelsFlags): Promise<void> {
  const models = await withTracking(flags, ({ client }) =>
    Array.fromAsync(client.searchRegisteredModelsAll()),
  );
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Name", "Latest Version", "Last Update Time"],
    rows: models.map((model) => [model.name, newestVersion(model), formatTime(model.lastUpdateTimeMs)]),
  });
  printRecords(flags.json, table, models.map(registeredModelToWire));
}

function newestVersion({ latestVersions }: RegisteredModel): string {
  const numbers = latestVersions.map(({ version }) => Number(version));
  return numbers.length === 0 ? "" : String(Math.max(...numbers));
}
