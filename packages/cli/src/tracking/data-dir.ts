export type DataDirFlag = { readonly dataDir?: string };

export const DATA_DIR_OPTION: readonly [string, string] = [
  "--data-dir <DIR>",
  "Folder of the database and the artifacts (default: FLIGHTDECK_DATA_DIR, else .flightdeck).",
];

/** The folder that holds everything unless it is named otherwise. */
export function dataDirOf({ dataDir }: DataDirFlag): string {
  return dataDir ?? (process.env["FLIGHTDECK_DATA_DIR"] || ".flightdeck");
}
