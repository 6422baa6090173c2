import type { Migration } from "./migration.ts";

/**
 * What a token was made with is known of every token, not of exchanged ones alone; and of a run of a job, by which token
 * it was submitted, since its own is made with that one.
 */
export const derivedTokensMigration: Migration = {
  version: 10,
  name: "derived tokens",
  statements: (t) => [
    `ALTER TABLE tokens ADD COLUMN kind ${t.text} NOT NULL DEFAULT 'personal'`,
    `UPDATE tokens SET kind = 'exchanged' WHERE parent_id IS NOT NULL`,
    `ALTER TABLE job_runs ADD COLUMN submit_token_uuid ${t.text}`,
  ],
};
