import type { ServerOptions } from "@flightdeck/server";

/** How operators tell MLflow's server where webhooks may go (`mlflow/environment_variables.py`). */
export function webhookOptions(environment: NodeJS.ProcessEnv): NonNullable<ServerOptions["webhooks"]> {
  const {
    MLFLOW_WEBHOOK_ALLOWED_SCHEMES: schemes,
    MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: privateAddresses = "",
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: secretKey,
  } = environment;
  return {
    ...(schemes !== undefined && { allowedSchemes: schemes.split(",").map((scheme) => scheme.trim()) }),
    allowPrivateAddresses: ["1", "true"].includes(privateAddresses.toLowerCase()),
    ...(secretKey !== undefined && secretKey !== "" && { secretKey }),
  };
}
