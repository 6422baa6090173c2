import { randomUUID } from "node:crypto";
import { AppError, assert } from "@flightdeck/core";
import { LIMITS, type Webhook, type WebhookEvent } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, type Database, first, insertRows, execute, type Work } from "../database/work.ts";
import { decodePageToken, encodePageToken, type Page } from "../search/page.ts";
import { checkLength, pythonRepr } from "../validation/text.ts";
import {
  getWebhookRow,
  getWebhookTarget,
  listWebhookTargets,
  lockWebhookRow,
  readWebhooks,
  type WebhookRow,
} from "./webhook-rows.ts";
import type { CreateWebhookInput, UpdateWebhookInput, WebhookStore, WebhookTarget } from "./webhook-store.ts";

/** Webhooks in a SQL database. Each method is one transaction. */
export class SqlWebhookStore implements WebhookStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createWebhook(input: CreateWebhookInput): Promise<Webhook> {
    return this.#database.write(() => createWebhook(this.#context, input));
  }

  async getWebhook(webhookId: string): Promise<Webhook> {
    return this.#database.read(() => getWebhook(webhookId));
  }

  async listWebhooks(input: {
    readonly maxResults?: number | undefined;
    readonly pageToken?: string | undefined;
  }): Promise<Page<Webhook>> {
    return this.#database.read(() => listWebhooks(input));
  }

  async updateWebhook(input: UpdateWebhookInput): Promise<Webhook> {
    return this.#database.write(() => updateWebhook(this.#context, input));
  }

  async deleteWebhook(webhookId: string): Promise<void> {
    return this.#database.write(() => deleteWebhook(webhookId));
  }

  async getWebhookTarget(webhookId: string): Promise<WebhookTarget> {
    return this.#database.read(() => getWebhookTarget(webhookId));
  }

  async listWebhookTargets(event: WebhookEvent): Promise<readonly WebhookTarget[]> {
    return this.#database.read(() => listWebhookTargets(event));
  }
}

/** Runs in a write transaction. */
function* createWebhook(context: StoreContext, input: CreateWebhookInput): Work<Webhook> {
  checkWebhook(input);
  yield* checkRoom();
  const row = yield* first(
    insertWebhook({
      webhookId: randomUUID(),
      name: input.name,
      url: input.url,
      description: input.description ?? "",
      sealedSecret: input.sealedSecret ?? null,
      status: input.status ?? "ACTIVE",
      now: context.clock.nowMs(),
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  yield* setEvents(row.id, input.events);
  return yield* readWebhook(row);
}

function* getWebhook(webhookId: string): Work<Webhook> {
  return yield* readWebhook(yield* getWebhookRow(webhookId));
}

/** Newest first, by row id. */
function* listWebhooks(input: {
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
}): Work<Page<Webhook>> {
  const { maxResults = LIMITS.listWebhooksResultsDefault, pageToken = "" } = input;
  checkMaxResults(maxResults);
  const [before] = pageToken === "" ? [Number.MAX_SAFE_INTEGER] : decodePageToken(pageToken, SCOPE);
  const rows = yield* all(selectPage({ before: Number(before), limit: maxResults + 1 }));
  const page = rows.slice(0, maxResults);
  const last = page.at(-1);
  const items = yield* readWebhooks(page);
  if (rows.length <= maxResults || last === undefined) return { items };
  return { items, nextPageToken: encodePageToken([last.id], SCOPE) };
}

/** Runs in a write transaction. */
function* updateWebhook(context: StoreContext, input: UpdateWebhookInput): Work<Webhook> {
  checkWebhook(input);
  const row = yield* lockWebhookRow(input.webhookId);
  yield* execute(
    updateRow({
      id: row.id,
      name: input.name ?? row.name,
      url: input.url ?? row.url,
      description: input.description ?? row.description,
      sealedSecret: input.sealedSecret ?? row.sealed_secret,
      status: input.status ?? row.status,
      now: context.clock.nowMs(),
    }),
  );
  if (input.events !== undefined) {
    yield* execute(deleteEvents({ id: row.id }));
    yield* setEvents(row.id, input.events);
  }
  return yield* getWebhook(input.webhookId);
}

/** Runs in a write transaction. */
function* deleteWebhook(webhookId: string): Work<void> {
  const { id } = yield* getWebhookRow(webhookId);
  yield* execute(deleteRow({ id }));
}

const SCOPE = ["webhooks"];

function* readWebhook(row: WebhookRow): Work<Webhook> {
  const [webhook] = yield* readWebhooks([row]);
  assert(webhook !== undefined, "one row gives one webhook");
  return webhook;
}

function* setEvents(id: number, events: readonly WebhookEvent[]): Work<void> {
  yield* insertRows(
    INSERT_EVENTS,
    [...new Set(events)].map((event, position) => [event, id, position]),
  );
}

function* checkRoom(): Work<void> {
  const rows = yield* all(selectPage({ before: Number.MAX_SAFE_INTEGER, limit: LIMITS.webhooksMax }));
  if (rows.length < LIMITS.webhooksMax) return;
  throw new AppError(
    "QUOTA_EXCEEDED",
    `the workspace has ${LIMITS.webhooksMax} webhooks, the maximum; delete one first`,
  );
}

/** With MLflow's message. */
function checkMaxResults(maxResults: number): void {
  if (maxResults >= 1 && maxResults <= LIMITS.listWebhooksResultsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `max_results must be between 1 and ${LIMITS.listWebhooksResultsMax}.`,
  );
}

type Fields = {
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly sealedSecret: string | null;
  readonly status: string;
  readonly now: number;
};

type Checked = {
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly WebhookEvent[] | undefined;
};

/** Checks the fields that are present, with MLflow's messages. */
function checkWebhook({ name, url = "", description = "", events }: Checked): void {
  if (name !== undefined && !NAME.test(name)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Webhook name ${pythonRepr(name)} is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
    );
  }
  if (events?.length === 0) {
    throw new AppError("INVALID_PARAMETER_VALUE", "Webhook events cannot be empty");
  }
  checkLength("url", url, LIMITS.webhookUrlCharsMax);
  checkLength("description", description, LIMITS.webhookDescriptionCharsMax);
}

/** MLflow's regular expression. */
const NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i;

const INSERT_EVENTS = bulkInsert("webhook_events", ["event", "webhook_id", "position"]);

const insertWebhook = statement<Fields & { readonly webhookId: string }>()((db, arg) =>
  db
    .insertInto("webhooks")
    .values({
      webhook_uuid: arg("webhookId"),
      name: arg("name"),
      url: arg("url"),
      description: arg("description"),
      sealed_secret: arg("sealedSecret"),
      status: arg("status"),
      creation_time_ms: arg("now"),
      last_update_time_ms: arg("now"),
    })
    .returningAll(),
);

const updateRow = statement<Fields & { readonly id: number }>()((db, arg) =>
  db
    .updateTable("webhooks")
    .set({
      name: arg("name"),
      url: arg("url"),
      description: arg("description"),
      sealed_secret: arg("sealedSecret"),
      status: arg("status"),
      last_update_time_ms: arg("now"),
    })
    .where("id", "=", arg("id")),
);

const selectPage = statement<{ before: number; limit: number }>()((db, arg) =>
  db
    .selectFrom("webhooks")
    .selectAll()
    .where("id", "<", arg("before"))
    .orderBy("id", "desc")
    .limit(arg("limit")),
);

const deleteEvents = statement<{ id: number }>()((db, arg) =>
  db.deleteFrom("webhook_events").where("webhook_id", "=", arg("id")),
);

const deleteRow = statement<{ id: number }>()((db, arg) =>
  db.deleteFrom("webhooks").where("id", "=", arg("id")),
);
