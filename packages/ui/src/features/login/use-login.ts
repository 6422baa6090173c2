import { useSyncExternalStore } from "react";
import { currentLogin, type Login, subscribeLogin } from "./session-token.ts";

/** The reader's login, as it changes. */
export function useLogin(): Login {
  return useSyncExternalStore(subscribeLogin, currentLogin);
}
