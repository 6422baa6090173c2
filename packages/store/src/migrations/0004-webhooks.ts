import type { Migration } from "./migration.ts";

export const webhooksMigration: Migration = {
  version: 4,
  name: "webhooks",
  statements: (t) => [
    `CREATE TABLE webhooks (
      id ${t.identity},
      webhook_uuid ${t.text} NOT NULL UNIQUE,
      name ${t.text} NOT NULL,
      url ${t.text} NOT NULL,
      description ${t.text} NOT NULL,
      sealed_secret ${t.text},
      status ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL
    ) ${t.table}`,
    `CREATE TABLE webhook_events (
      event ${t.text} NOT NULL,
      webhook_id ${t.integer} NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      position ${t.integer} NOT NULL,
      PRIMARY KEY (event, webhook_id)
    ) ${t.clusteredTable}`,
    `CREATE INDEX webhook_events_by_webhook ON webhook_events (webhook_id)`,
    // From a dataset to the runs that used it.
    `CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_id, run_id)`,
  ],
};
