import type { WebhookEvent } from "@flightdeck/protocol";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { getWebhookRow, targetFromRow } from "./webhook-rows.ts";
import type { WebhookTarget } from "./webhook-store.ts";

export function* getWebhookTarget(webhookId: string): Work<WebhookTarget> {
  return targetFromRow(yield* getWebhookRow(webhookId));
}

/** The active webhooks that are to be told of an event. */
export function* listWebhookTargets(event: WebhookEvent): Work<readonly WebhookTarget[]> {
  return (yield* all(selectTargets({ event, status: "ACTIVE" }))).map(targetFromRow);
}

const selectTargets = statement<{ event: string; status: string }>()((db, arg) =>
  db
    .selectFrom("webhook_events")
    .innerJoin("webhooks", "webhooks.id", "webhook_events.webhook_id")
    .select(["webhook_uuid", "url", "sealed_secret"])
    .where("event", "=", arg("event"))
    .where("status", "=", arg("status"))
    .orderBy("webhooks.id"),
);
