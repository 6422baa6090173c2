import { endpoints, type RequestInputOf, type ResponseOf } from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

export type CreateTokenInput = RequestInputOf<typeof endpoints.createToken>;
export type CreatedToken = ResponseOf<typeof endpoints.createToken>;
export type TokenInfoWire = CreatedToken["token_info"];

/** One's own tokens (https://docs.databricks.com/api/workspace/tokens). */
export class TokensApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** `token_value` is shown this once. */
  async create(input: CreateTokenInput, options?: CallOptions): Promise<CreatedToken> {
    return this.#rest.call(endpoints.createToken, input, options);
  }

  async list(options?: CallOptions): Promise<readonly TokenInfoWire[]> {
    const { token_infos: infos } = await this.#rest.call(endpoints.listTokens, {}, options);
    return infos;
  }

  /** Makes a token invalid at once. */
  async delete(tokenId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.revokeToken, { token_id: tokenId }, options);
  }
}
