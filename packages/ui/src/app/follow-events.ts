import { authorizedFetch } from "../lib/authorized-fetch.ts";

/** Server-sent events, as in `EventSource` (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export type ServerEvent = { readonly type: string; readonly data: string };

export type EventFollower = {
  onOpen(): void;
  onEvent(event: ServerEvent): void;
  /** Called when the connection breaks. It is reopened unless the server refuses. */
  onLost(mayReturn: boolean): void;
};

/** The delay that browsers use before they reconnect. */
const RECONNECT_MS = 3000;

/** Follows an event stream. Sends the user's token, which `EventSource` cannot do. Returns a function that stops it. */
export function followEvents(address: string, follower: EventFollower): () => void {
  const ending = new AbortController();
  void follow(address, follower, ending.signal); // Never rejects; the follower gets any errors.
  return () => ending.abort();
}

async function follow(address: string, follower: EventFollower, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isRefused = await followOnce(address, follower, signal).catch(() => false);
    if (signal.aborted) return;
    follower.onLost(!isRefused);
    if (isRefused) return;
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Resolves when the stream ends: to true if there will never be another. */
async function followOnce(address: string, follower: EventFollower, signal: AbortSignal): Promise<boolean> {
  const response = await authorizedFetch(address, { signal, headers: { accept: "text/event-stream" } });
  if (!response.ok || response.body === null) return response.status < 500;
  follower.onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const event of blocks.flatMap(parseEvent)) follower.onEvent(event);
  }
}

/** Parses one block of lines. Comments, which keep the connection alive, are not events. */
export function parseEvent(block: string): readonly ServerEvent[] {
  const lines = block.split("\n");
  const fieldsOf = (name: string): string[] =>
    lines.flatMap((line) =>
      line.startsWith(`${name}:`) ? [line.slice(name.length + 1).replace(/^ /, "")] : [],
    );
  const data = fieldsOf("data");
  return data.length === 0 ? [] : [{ type: fieldsOf("event").at(-1) ?? "message", data: data.join("\n") }];
}
