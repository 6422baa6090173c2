import { errorFromWire } from "@flightdeck/protocol";
import { currentLogin, noteRefusal } from "./session-token.ts";

const UNAUTHENTICATED = 401;

/** `fetch` with the reader's token, if there is one. When the server wants another, the page asks for it. */
export const authorizedFetch: typeof fetch = async (input, init) => {
  const { token } = currentLogin();
  const headers = new Headers(init?.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const response = await fetch(input, { ...init, headers });
  // A late answer to an earlier token says nothing of the present one.
  if (response.status === UNAUTHENTICATED && token === currentLogin().token) {
    noteRefusal(await refusalOf(response.clone()));
  }
  return response;
};

async function refusalOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined); // A proxy's page: the status says enough.
  return errorFromWire(response.status, body).message;
}
