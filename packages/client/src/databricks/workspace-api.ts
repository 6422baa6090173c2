import { endpoints, type ResponseOf } from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

/** A folder, an experiment, a notebook …, as the REST API tells of it. */
export type WorkspaceObject = ResponseOf<typeof endpoints.getWorkspaceStatus>;

/** The tree of a workspace (https://docs.databricks.com/api/workspace/workspace). Paths are absolute. */
export class WorkspaceApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async getStatus(path: string, options?: CallOptions): Promise<WorkspaceObject> {
    return this.#rest.callWhole(endpoints.getWorkspaceStatus, { path }, options);
  }

  async list(path: string, options?: CallOptions): Promise<readonly WorkspaceObject[]> {
    const { objects } = await this.#rest.callWhole(endpoints.listWorkspace, { path }, options);
    return objects;
  }

  /** Makes a folder and those above it; one that is there is fine. */
  async mkdirs(path: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.makeWorkspaceFolder, { path }, options);
  }

  async delete(path: string, options: CallOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const request = { path, recursive: options.recursive ?? false };
    await this.#rest.call(endpoints.deleteWorkspaceObject, request, options);
  }
}
