import { AppError } from "@flightdeck/core";
import { LIMITS, type WebhookEvent } from "@flightdeck/protocol";
import { checkLength, pythonRepr } from "../validation/text.ts";

type Checked = {
  readonly name?: string;
  readonly url?: string;
  readonly description?: string;
  readonly events?: readonly WebhookEvent[];
};

/** What a webhook may hold, in MLflow's words; fields that are absent are not checked. */
export function checkWebhook({ name, url = "", description = "", events }: Checked): void {
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

/** MLflow's own expression. */
const NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i;
