import type { WorkspacePrincipal } from "@flightdeck/store";
import type { FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Starts programs, or says what they do: needs a login also where nothing else does. */
    startsPrograms?: boolean;
  }
}

/** Who was let in, and by which token. */
export type Account = WorkspacePrincipal & { readonly tokenId: string };

/** Who makes a request. */
export type Principal = {
  readonly name: string;
  /** Absent where nobody needs to log in. */
  readonly account?: Account;
  /** Whether it may do everything. All others may do what was granted to them. */
  readonly isAdmin: boolean;
};

/** Finds out who makes a request. Throws `UNAUTHENTICATED` for a login that is not valid. */
export type Authenticator = (
  request: Pick<FastifyRequest, "headers" | "url" | "ip" | "routeOptions">,
) => Principal | Promise<Principal>;

const EVERYBODY: Principal = { name: "", isAdmin: true };

/** Who makes a call that needs no login, whoever it is. */
export const STRANGER: Principal = { name: "", isAdmin: false };

/** Without authentication, everybody who can reach the server may do everything. */
export const openAuthenticator: Authenticator = () => EVERYBODY;

/**
 * Everybody who can reach the server may do everything but start programs, which is for those whom `login` lets in: being
 * able to reach a loopback address is no more than having some account on this machine.
 */
export function openButForPrograms(login: Authenticator): Authenticator {
  return (request) => (request.routeOptions.config.startsPrograms === true ? login(request) : EVERYBODY);
}
