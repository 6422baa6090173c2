/** The reader's token, for as long as the tab is open, and whether the server asks for one. */
export type Login = { readonly token: string | undefined; readonly refusal: string | undefined };

const STORAGE_KEY = "flightdeck.token";

let login: Login = { token: readStored(), refusal: undefined };
const listeners = new Set<() => void>();

export function currentLogin(): Login {
  return login;
}

/** Gives the function that ends it. */
export function subscribeLogin(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Sends the token from now on; with undefined, none. */
export function setToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // A browser that forbids storage: the token lasts as long as the page.
  }
  change({ token, refusal: undefined });
}

/** Notes that the server wants another token, and why; undefined when the reader does not care. */
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
