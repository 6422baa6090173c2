export type DataDirFlag = { readonly dataDir?: string | undefined };

export const DATA_DIR_OPTION: readonly [string, string] = [
  "--data-dir <DIR>",
  "Folder for the database and the artifacts (default: FLIGHTDECK_DATA_DIR, else .flightdeck).",
];

export const BACKEND_STORE_OPTION: readonly [string, string] = [
  "--backend-store-uri <URI>",
  "The database (default: in the data folder).",
];

/** Returns the data folder, which holds everything that no option places elsewhere. */
export function dataDirOf({ dataDir }: DataDirFlag): string {
  return dataDir ?? (process.env["FLIGHTDECK_DATA_DIR"] || ".flightdeck");
}

/** Whether the user set the data folder, by the option or the environment variable. */
export function isDataDirNamed({ dataDir }: DataDirFlag): boolean {
  return Boolean(dataDir ?? process.env["FLIGHTDECK_DATA_DIR"]);
}
