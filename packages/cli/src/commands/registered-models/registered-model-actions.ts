import { AppError } from "@flightdeck/core";
import { modelVersionToWire, type RegisteredModel, registeredModelToWire } from "@flightdeck/protocol";
import { formatTime } from "../../output/format-time.ts";
import { printFields } from "../../output/print-fields.ts";
import { printJson } from "../../output/print.ts";
import { printRecords } from "../../output/print-table.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withTracking } from "../../tracking/with-tracking.ts";
import type { JsonFlag } from "../json-option.ts";
import { takeAtMost } from "../take-at-most.ts";

type Flags = DataDirFlag & JsonFlag;
export type ListFlags = Flags & { readonly filter?: string; readonly maxResults?: number };
export type NameFlags = Flags & { readonly name: string };
export type VersionsFlags = NameFlags & { readonly maxResults?: number };

export async function listRegisteredModels({ filter, maxResults, ...flags }: ListFlags): Promise<void> {
  const models = await withTracking(flags, ({ client }) =>
    takeAtMost(client.searchRegisteredModelsAll({ filter }), maxResults),
  );
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Name", "Latest Version", "Last Update Time"],
    rows: models.map((model) => [model.name, newestVersion(model), formatTime(model.lastUpdateTimeMs)]),
  });
  printRecords(flags.json, table, models.map(registeredModelToWire));
}

export async function getRegisteredModel(flags: NameFlags): Promise<void> {
  const model = await withTracking(flags, ({ client }) => client.getRegisteredModel(flags.name));
  if (flags.json) printJson(registeredModelToWire(model));
  else printFields(fieldsOf(model));
}

export async function listModelVersions({ name, maxResults, ...flags }: VersionsFlags): Promise<void> {
  const versions = await withTracking(flags, async ({ client }) => {
    await client.getRegisteredModel(name); // One that is not there has no versions, and should be told of.
    // Unity Catalog does not sort, so that is done here.
    const found = await Array.fromAsync(client.searchModelVersionsAll({ filter: `name = ${quoted(name)}` }));
    return found.toSorted((a, b) => Number(b.version) - Number(a.version)).slice(0, maxResults);
  });
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Version", "Stage", "Aliases", "Status", "Created", "Run ID", "Source"],
    rows: versions.map((each) => [
      each.version,
      each.currentStage,
      each.aliases.join(", "),
      each.status,
      formatTime(each.creationTimeMs),
      each.runId,
      each.source,
    ]),
  });
  printRecords(flags.json, table, versions.map(modelVersionToWire));
}

/** The filter grammar has two kinds of quotes, and no escapes. */
function quoted(name: string): string {
  if (!name.includes("'")) return `'${name}'`;
  if (!name.includes('"')) return `"${name}"`;
  const message = `versions of a model with both ' and " in its name cannot be searched for, got ${name}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function newestVersion({ latestVersions }: RegisteredModel): string {
  const numbers = latestVersions.map(({ version }) => Number(version));
  return numbers.length === 0 ? "" : String(Math.max(...numbers));
}

function fieldsOf(model: RegisteredModel): readonly (readonly [string, string])[] {
  return [
    ["Name", model.name],
    ["Description", model.description],
    ["Latest Version", newestVersion(model)],
    ["Aliases", model.aliases.map(({ alias, version }) => `${alias}=${version}`).join(", ")],
    ["Creation Time", formatTime(model.creationTimeMs)],
    ["Last Update Time", formatTime(model.lastUpdateTimeMs)],
    ["Tags", model.tags.map(({ key, value }) => `${key}=${value}`).join(", ")],
  ];
}
