import { AppError, type Clock, isAppError } from "@flightdeck/core";
import type { TokenHolder, WorkspaceStore } from "@flightdeck/store";
import type { Authenticator, Principal } from "../http/authenticator.ts";
import { type Credentials, findCredentials, refuseTokenInUrl } from "./credentials.ts";
import { FailedAttempts } from "./failed-attempts.ts";

/** Who has a token may do what its principal may; nobody else may do anything. */
export class TokenAuthenticator {
  readonly #workspace: WorkspaceStore;
  readonly #failures: FailedAttempts;

  constructor(workspace: WorkspaceStore, clock: Clock) {
    this.#workspace = workspace;
    this.#failures = new FailedAttempts(clock);
  }

  /** Finds out whose token a request carries. Throws `UNAUTHENTICATED`, with the reason. */
  readonly authenticate: Authenticator = async ({ headers, url, ip }) => {
    if (!headers.authorization) {
      refuseTokenInUrl(url);
      throw missingToken(); // Nobody has tried anything.
    }
    return this.attempt(ip, async () => {
      refuseTokenInUrl(url);
      const credentials = findCredentials(headers.authorization);
      if (credentials === undefined) throw missingToken();
      return principalOf(await this.#holderOf(credentials));
    });
  };

  /** Counts a login from an address when it fails; past the bound it fails with `REQUEST_LIMIT_EXCEEDED`. */
  async attempt<T>(address: string, login: () => Promise<T>): Promise<T> {
    try {
      return await login();
    } catch (error) {
      if (!isAppError(error, "UNAUTHENTICATED") || !this.#failures.add(address)) throw error;
      const message = "too many attempts to log in from this address; try again in a minute";
      throw new AppError("REQUEST_LIMIT_EXCEEDED", message, { cause: error });
    }
  }

  async #holderOf({ token, userName }: Credentials): Promise<TokenHolder> {
    const holder = await this.#workspace.authenticate(token);
    if (userName === undefined || userName === holder.principal.name) return holder;
    const message = `Invalid access token: it does not belong to ${JSON.stringify(userName)}.`;
    throw new AppError("UNAUTHENTICATED", message);
  }
}

function missingToken(): AppError {
  const message =
    "this workspace needs a token: send it as 'Authorization: Bearer TOKEN'; 'flightdeck tokens create' makes one";
  return new AppError("UNAUTHENTICATED", message);
}

export function principalOf({ principal, tokenId }: TokenHolder): Principal {
  return { name: principal.name, account: { ...principal, tokenId }, isAdmin: principal.role === "admin" };
}
