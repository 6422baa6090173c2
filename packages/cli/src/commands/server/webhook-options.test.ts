import { expect, test } from "vitest";
import { webhookOptions } from "./webhook-options.ts";

test("MLflow's variables count; without them nothing is allowed", () => {
  expect(webhookOptions({})).toEqual({ allowPrivateAddresses: false });
  expect(
    webhookOptions({
      MLFLOW_WEBHOOK_ALLOWED_SCHEMES: "https, http",
      MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: "True",
      MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: "k",
    }),
  ).toEqual({ allowedSchemes: ["https", "http"], allowPrivateAddresses: true, secretKey: "k" });
});
