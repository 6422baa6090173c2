import { endpoints, type ResponseOf } from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

/** Who asks (https://docs.databricks.com/api/workspace/currentuser), as SCIM has it. */
export type CurrentUser = ResponseOf<typeof endpoints.getCurrentUser>;

export class CurrentUserApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async me(options?: CallOptions): Promise<CurrentUser> {
    return this.#rest.callWhole(endpoints.getCurrentUser, {}, options);
  }
}
