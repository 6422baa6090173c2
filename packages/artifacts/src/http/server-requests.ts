import { AppError, cancelled, isAppError, messageOf } from "@flightdeck/core";
import { errorFromWire } from "@flightdeck/protocol";
import { noSuchArtifact } from "../file-error.ts";
import type { Fetch } from "./fetch.ts";

const RANGE_NOT_SATISFIABLE = 416;

export type ServerRequestsOptions = {
  /** Retries and time limits are its business. Default: the built-in one. */
  readonly fetch?: Fetch;
  /** Sent with every request: who asks. */
  readonly headers?: Readonly<Record<string, string>>;
};

export type ServerRequest = Omit<RequestInit, "headers"> & {
  readonly headers?: Readonly<Record<string, string>>;
  /** The artifact that it is about, for errors. */
  readonly subject: string;
};

/** Requests about artifacts to a tracking server; its errors become `AppError`. */
export class ServerRequests {
  readonly #fetch: Fetch;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ fetch = globalThis.fetch, headers = {} }: ServerRequestsOptions) {
    this.#fetch = fetch;
    this.#headers = headers;
  }

  /** An answer that is no success throws; that of a refused range is given. */
  async send(url: string, { subject, headers, ...init }: ServerRequest): Promise<Response> {
    const response = await this.#request(url, {
      ...init,
      headers: { ...this.#headers, ...headers },
    });
    if (response.ok || response.status === RANGE_NOT_SATISFIABLE) return response;
    const error = errorFromWire(response.status, await readJson(response));
    // A 404 of a server that does not use MLflow's codes here still means that the artifact is not there.
    throw response.status === 404 && error.code !== "RESOURCE_DOES_NOT_EXIST"
      ? noSuchArtifact(subject, error)
      : error;
  }

  /** The JSON of an answer; undefined when what was asked about is not there. */
  async findJson(url: string, subject: string): Promise<unknown> {
    try {
      return await (await this.send(url, { subject })).json();
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw cancelled(init.signal);
      if (error instanceof AppError) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (cause instanceof AppError) throw cause; // From the content that was being sent.
      const message = `cannot reach ${new URL(url).origin}: ${messageOf(cause)}`;
      throw new AppError("TEMPORARILY_UNAVAILABLE", message, { cause: error });
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined; // Not JSON: a proxy's page, say. The status tells the error then.
  }
}
