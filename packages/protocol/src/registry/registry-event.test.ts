import { expect, test } from "vitest";
import {
  WEBHOOK_EVENTS,
  webhookEventFromWire,
  webhookEventParts,
  webhookEventToWire,
} from "./registry-event.ts";

test("every event survives the wire", () => {
  for (const event of WEBHOOK_EVENTS) expect(webhookEventFromWire(webhookEventToWire(event))).toBe(event);
  expect(webhookEventToWire("model_version_tag.set")).toEqual({ entity: "MODEL_VERSION_TAG", action: "SET" });
  expect(webhookEventParts("model_version_tag.set")).toEqual({ entity: "model_version_tag", action: "set" });
});

test("an action that the entity does not have is refused with MLflow's message", () => {
  expect(() => webhookEventFromWire({ entity: "MODEL_VERSION_TAG", action: "CREATED" })).toThrow(
    "Invalid action 'created' for entity 'model_version_tag'. Valid actions are: ['deleted', 'set']",
  );
});
