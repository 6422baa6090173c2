import { errorFromWire } from "@flightdeck/protocol";
import { useSyncExternalStore } from "react";

const UNAUTHENTICATED = 401;

/** `fetch` with the user's token, if there is one. If the server rejects it, the page asks for another. */
export const authorizedFetch: typeof fetch = async (input, init) => {
  const { token } = currentLogin();
  const headers = new Headers(init?.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const response = await fetch(input, { ...init, headers });
  // A late answer to an earlier token says nothing about the current one.
  if (response.status === UNAUTHENTICATED && token === currentLogin().token) {
    noteRefusal((await errorOf(response.clone())).message);
  }
  return response;
};

/** The error that a response other than success stands for. */
export async function errorOf(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => undefined); // A proxy's error page: the status is enough.
  return errorFromWire(response.status, body);
}

/** The user's token, kept while the tab is open, and why the server asks for one. */
export type Login = { readonly token: string | undefined; readonly refusal: string | undefined };

const STORAGE_KEY = "flightdeck.token";

let login: Login = { token: readStored(), refusal: undefined };
const listeners = new Set<() => void>();

function currentLogin(): Login {
  return login;
}

/** Returns a function that unsubscribes. */
export function subscribeLogin(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Sets the token to send from now on; undefined for none. */
export function setToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // The browser forbids storage: the token lasts as long as the page.
  }
  change({ token, refusal: undefined });
}

/** Records why the server wants another token; undefined dismisses it. */
export function noteRefusal(refusal: string | undefined): void {
  if (refusal !== login.refusal) change({ ...login, refusal });
}

function change(next: Login): void {
  login = next;
  for (const listener of listeners) listener();
}

function readStored(): string | undefined {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The user's current login. */
export function useLogin(): Login {
  return useSyncExternalStore(subscribeLogin, currentLogin);
}
