import type { Migration } from "./migration.ts";

/** What was removed for good, and has left bytes or rows that nobody sees any more and that must go too. */
export const garbageMigration: Migration = {
  version: 6,
  name: "garbage",
  statements: (t) => [
    `CREATE TABLE garbage (
      kind ${t.text} NOT NULL,
      row_id ${t.integer} NOT NULL,
      uuid ${t.text} NOT NULL,
      artifact_uri ${t.text} NOT NULL,
      PRIMARY KEY (kind, row_id)
    ) ${t.clusteredTable}`,
  ],
};
