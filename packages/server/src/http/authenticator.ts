import type { Permission } from "@flightdeck/protocol";
import type { WorkspacePrincipal } from "@flightdeck/store";
import type { FastifyRequest } from "fastify";

/** Who was let in, and by which token. */
export type Account = WorkspacePrincipal & { readonly tokenId: string };

/** Who makes a request, and what they may do. */
export type Principal = {
  readonly name: string;
  /** Absent where nobody needs to log in. */
  readonly account?: Account;
  /** Whether it holds the permission on anything; on what, is for `Access` to check. */
  may(permission: Permission): boolean;
};

/** Finds out who makes a request. Throws `UNAUTHENTICATED` for a login that is not valid. */
export type Authenticator = (
  request: Pick<FastifyRequest, "headers" | "url" | "ip">,
) => Principal | Promise<Principal>;

const EVERYBODY: Principal = { name: "", may: () => true };

/** Who asks for what is public, whoever it is. */
export const ANYBODY: Principal = { name: "", may: (permission) => permission === "public" };

/** Without authentication, everybody who can reach the server may do everything. */
export const openAuthenticator: Authenticator = () => EVERYBODY;
