import type { Migration } from "./migration.ts";

/** What `flightdeck import` has done so far, so that it goes on where it was stopped. */
export const importedMigration: Migration = {
  version: 2,
  name: "imported",
  statements: (t) => [
    `CREATE TABLE imported (
      kind ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      source_id ${t.text} NOT NULL,
      target_id ${t.text} NOT NULL,
      state ${t.text} NOT NULL,
      points ${t.integer} NOT NULL,
      files ${t.integer} NOT NULL,
      PRIMARY KEY (kind, source, source_id)
    ) ${t.clusteredTable}`,
  ],
};
