import type { Database } from "../database/database.ts";
import type { StoreContext } from "../tracking/context.ts";
import { checkCaller } from "./check-caller.ts";
import * as grants from "./grants.ts";
import { enrol, ensurePrincipal } from "./principals.ts";
import * as tokens from "./tokens.ts";
import type {
  Caller,
  CreatedToken,
  CreateTokenInput,
  EnrolledPrincipal,
  Grant,
  Reference,
  Resource,
  TokenHolder,
  TokenInfo,
  WorkspacePrincipal,
  WorkspaceRole,
  WorkspaceStore,
} from "./workspace-store.ts";

/** Identity over any SQL database: each method is one piece of work in one transaction. */
export class SqlWorkspaceStore implements WorkspaceStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async ensurePrincipal(name: string, role?: WorkspaceRole): Promise<WorkspacePrincipal> {
    return this.#database.write(() => ensurePrincipal(this.#context, { name, role }));
  }

  async enrol(name: string, role?: WorkspaceRole): Promise<EnrolledPrincipal> {
    return this.#database.write(() => enrol(this.#context, { name, role }));
  }

  async createToken(input: CreateTokenInput): Promise<CreatedToken> {
    return this.#database.write(() => tokens.createToken(this.#context, input));
  }

  async exchangeToken(value: string): Promise<CreatedToken & { readonly holder: TokenHolder }> {
    return this.#database.write(() => tokens.exchangeToken(this.#context, value));
  }

  async authenticate(value: string): Promise<TokenHolder> {
    return this.#database.read(() => tokens.authenticate(this.#context, value));
  }

  async listTokens(principalName?: string): Promise<readonly TokenInfo[]> {
    return this.#database.read(() => tokens.listTokens(this.#context, principalName));
  }

  async revokeToken(tokenId: string, principalName?: string): Promise<void> {
    return this.#database.write(() => tokens.revokeToken(this.#context, tokenId, principalName));
  }

  async findVisible(principalName: string, references: readonly Reference[]): Promise<readonly boolean[]> {
    return this.#database.read(() => grants.findVisible(principalName, references));
  }

  async check(caller: Caller): Promise<void> {
    return this.#database.read(() => checkCaller(caller, false));
  }

  async listGrants(resource: Resource): Promise<readonly Grant[]> {
    return this.#database.read(() => grants.listGrants(resource));
  }

  async putGrants(resource: Resource, given: readonly Grant[], mode: "add" | "replace"): Promise<void> {
    return this.#database.write(() => grants.putGrants(resource, given, mode));
  }
}
