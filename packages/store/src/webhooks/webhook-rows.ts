import { AppError } from "@flightdeck/core";
import type { Webhook, WebhookEvent, WebhookStatus } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { WebhookTable } from "../database/tables.ts";
import { all, first, type Work } from "../database/work.ts";
import type { WebhookTarget } from "./webhook-store.ts";

export type WebhookRow = Selectable<WebhookTable>;

export function* getWebhookRow(webhookId: string): Work<WebhookRow> {
  return existing(yield* first(selectWebhook({ webhookId })), webhookId);
}

/** Like `getWebhookRow`, but locks the row for a write that depends on what it read. */
export function* lockWebhookRow(webhookId: string): Work<WebhookRow> {
  return existing(yield* first(selectLocked({ webhookId })), webhookId);
}

function existing(row: WebhookRow | undefined, webhookId: string): WebhookRow {
  if (row !== undefined) return row;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `Webhook with ID ${webhookId} not found.`);
}

/** Reads the webhooks of the rows, with events in the order in which they were set. */
export function* readWebhooks(rows: readonly WebhookRow[]): Work<readonly Webhook[]> {
  if (rows.length === 0) return [];
  const webhookIds = JSON.stringify(rows.map(({ id }) => id));
  const events = Map.groupBy(yield* all(selectEvents({ webhookIds })), ({ webhook_id }) => webhook_id);
  return rows.map((row) => ({
    webhookId: row.webhook_uuid,
    name: row.name,
    url: row.url,
    description: row.description,
    events: (events.get(row.id) ?? []).map(({ event }) => event as WebhookEvent), // Only the store writes this column.
    status: row.status as WebhookStatus, // Only the store writes this column.
    creationTimeMs: row.creation_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
  }));
}

function targetFromRow(row: Pick<WebhookRow, "webhook_uuid" | "url" | "sealed_secret">): WebhookTarget {
  return {
    webhookId: row.webhook_uuid,
    url: row.url,
    sealedSecret: row.sealed_secret ?? undefined,
  };
}

export function* getWebhookTarget(webhookId: string): Work<WebhookTarget> {
  return targetFromRow(yield* getWebhookRow(webhookId));
}

/** The active webhooks that subscribe to an event. */
export function* listWebhookTargets(event: WebhookEvent): Work<readonly WebhookTarget[]> {
  return (yield* all(selectTargets({ event, status: "ACTIVE" }))).map(targetFromRow);
}

const selectWebhook = statement<{ webhookId: string }>()((db, arg) =>
  db.selectFrom("webhooks").selectAll().where("webhook_uuid", "=", arg("webhookId")),
);

const selectLocked = statement<{ webhookId: string }>()((db, arg, dialect) =>
  db
    .selectFrom("webhooks")
    .selectAll()
    .where("webhook_uuid", "=", arg("webhookId"))
    .modifyEnd(dialect.lockForUpdate),
);

const selectEvents = statement<{ webhookIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("webhook_events")
    .selectAll()
    .where("webhook_id", "in", dialect.listOfIntegers(arg("webhookIds")))
    .orderBy("webhook_id")
    .orderBy("position"),
);

const selectTargets = statement<{ event: string; status: string }>()((db, arg) =>
  db
    .selectFrom("webhook_events")
    .innerJoin("webhooks", "webhooks.id", "webhook_events.webhook_id")
    .select(["webhook_uuid", "url", "sealed_secret"])
    .where("event", "=", arg("event"))
    .where("status", "=", arg("status"))
    .orderBy("webhooks.id"),
);
