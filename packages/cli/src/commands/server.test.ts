import { expect, test } from "vitest";
import { webhookOptions } from "./server.ts";

test("webhook options come from MLflow's variables; without them, private addresses are refused", () => {
  expect(webhookOptions({})).toEqual({ allowPrivateAddresses: false });
  expect(
    webhookOptions({
      MLFLOW_WEBHOOK_ALLOWED_SCHEMES: "https, http",
      MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: "True",
      MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: "k",
    }),
  ).toEqual({ allowedSchemes: ["https", "http"], allowPrivateAddresses: true, secretKey: "k" });
});
