import { invalid } from "@flightdeck/core";
import { ARTIFACT_PROXY_PATH } from "@flightdeck/protocol";
import { type ExperimentCalls, experimentCalls } from "./experiment-calls.ts";
import { type LoggedModelCalls, loggedModelCalls } from "./logged-model-calls.ts";
import { type RegistryCalls, registryCalls } from "./registry-calls.ts";
import { RestClient, type RestClientOptions } from "./rest-client.ts";
import { type RunCalls, runCalls } from "./run-calls.ts";
import { type TraceCalls, traceCalls } from "./trace-calls.ts";
import { type WebhookCalls, webhookCalls } from "./webhook-calls.ts";

const PROXIED_SCHEME = /^mlflow-artifacts:\/+(?:[^/]*:\d+\/)?/;

/** Every call of the MLflow API. */
export type MlflowCalls = ExperimentCalls &
  RunCalls &
  LoggedModelCalls &
  TraceCalls &
  RegistryCalls &
  WebhookCalls;

/** The constructor adds the calls declared here. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- The constructor assigns an object of this very type.
export interface MlflowClient extends MlflowCalls {}

/**
 * Every REST call of the MLflow API as a method, with MLflow's names in camelCase and domain types. Runs in Node and in
 * a browser; safe for concurrent use. Errors and retries are those of `RestClient`. Every method takes `{ signal }` as
 * its last argument.
 *
 * @example
 * ```ts
 * const client = new MlflowClient({ trackingUri: "http://127.0.0.1:5000" });
 * const experimentId = await client.createExperiment({ name: "airline-search" });
 * const run = await client.createRun({ experimentId, runName: "first" });
 * await client.logBatch({ runId: run.info.runId, params: [{ key: "max_depth", value: "8" }] });
 * await client.updateRun({ runId: run.info.runId, status: "FINISHED", endTimeMs: Date.now() });
 * const { items } = await client.searchRuns({ experimentIds: [experimentId], filter: 'params.max_depth = "8"' });
 * ```
 */
export class MlflowClient extends RestClient {
  /** `registry` creates the registry calls, if the registry is not the tracking server's own. */
  constructor(options: RestClientOptions, registry: (client: MlflowClient) => RegistryCalls = registryCalls) {
    super(options);
    const calls: MlflowCalls = {
      ...experimentCalls(this),
      ...runCalls(this),
      ...loggedModelCalls(this),
      ...traceCalls(this),
      ...registry(this),
      ...webhookCalls(this),
    };
    Object.assign(this, calls);
  }

  /**
   * The http(s) URL of an artifact behind the server's proxy; request it with `headers`. `artifactUri` is the
   * `mlflow-artifacts:/…` URI of a run or model; any other scheme throws `INVALID_PARAMETER_VALUE`.
   */
  artifactUrl(artifactUri: string, path = ""): string {
    if (!PROXIED_SCHEME.test(artifactUri)) {
      throw invalid(`the server serves only mlflow-artifacts:/ URIs, got ${artifactUri}`);
    }
    const whole = `${artifactUri.replace(PROXIED_SCHEME, "")}/${path}`;
    const segments = whole.split("/").filter((segment) => segment !== "");
    return `${this.baseUrl}/api/2.0${ARTIFACT_PROXY_PATH}/${segments.map(encodeURIComponent).join("/")}`;
  }
}
