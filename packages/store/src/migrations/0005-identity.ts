import type { Migration } from "./migration.ts";

/** Who may use the workspace: principals, their tokens, and what they may do with what. */
export const identityMigration: Migration = {
  version: 5,
  name: "identity",
  statements: (t) => [
    `CREATE TABLE principals (
      id ${t.identity},
      name ${t.text} NOT NULL UNIQUE,
      role ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL
    ) ${t.table}`,
    `CREATE TABLE tokens (
      id ${t.identity},
      token_uuid ${t.text} NOT NULL UNIQUE,
      principal_id ${t.integer} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
      parent_id ${t.integer} REFERENCES tokens (id) ON DELETE CASCADE,
      hash ${t.text} NOT NULL UNIQUE,
      comment ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      expiry_time_ms ${t.integer} NOT NULL,
      revoked_time_ms ${t.integer}
    ) ${t.table}`,
    `CREATE INDEX tokens_by_principal ON tokens (principal_id)`,
    `CREATE INDEX tokens_by_parent ON tokens (parent_id)`,
    // What is granted on is of two kinds, so there is no foreign key. Ids are never given twice: a grant on what was
    // deleted is of no use to anybody.
    `CREATE TABLE grants (
      resource_kind ${t.text} NOT NULL,
      resource_id ${t.integer} NOT NULL,
      grantee_kind ${t.text} NOT NULL,
      grantee ${t.text} NOT NULL,
      level ${t.text} NOT NULL,
      PRIMARY KEY (resource_kind, resource_id, grantee_kind, grantee)
    ) ${t.clusteredTable}`,
  ],
};
