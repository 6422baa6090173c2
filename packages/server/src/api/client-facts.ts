import { LINEAGE_HEADER } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";

/** What a request tells of the client that makes it. */
export type ClientFacts = {
  /** How it reaches this server, `http://127.0.0.1:5000` say: URLs that it is given begin so. */
  readonly origin: string;
  /** Whether it takes this server for a Databricks workspace. */
  readonly speaksDatabricks: boolean;
  /** What it says of the job or notebook that it runs in; `parseLineageHeader` reads it. */
  readonly lineageHeader: string | undefined;
};

/** The host has been checked before; a proxy that ends TLS says so by the usual header. */
export function clientFacts({ headers }: FastifyRequest): ClientFacts {
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  const lineage = headers[LINEAGE_HEADER];
  return {
    origin: `${scheme}://${headers.host ?? ""}`,
    speaksDatabricks: speaksDatabricks(headers),
    lineageHeader: typeof lineage === "string" ? lineage : undefined,
  };
}

/**
 * MLflow since 2.12 calls a workspace by databricks-sdk; Flightdeck's own client says so. MLflow 1.x names itself alike everywhere, but logs in to a
 * workspace always, and to an open server only where there is a login.
 */
function speaksDatabricks({ "user-agent": agent = "", authorization }: FastifyRequest["headers"]): boolean {
  if (agent.includes("databricks-sdk") || /^flightdeck\/\S+ databricks\b/.test(agent)) return true;
  return authorization !== undefined && agent.startsWith("mlflow-python-client/1.");
}
