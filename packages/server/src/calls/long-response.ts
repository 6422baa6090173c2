import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Page } from "@flightdeck/protocol";

/**
 * A response with a list so long that building it in one go would make other requests wait. It is written slice by slice, one slice
 * of all long responses in each turn of the event loop. The result is byte for byte what `JSON.stringify` would
 * write.
 */
export class LongResponse {
  readonly #list: string;
  readonly #slices: AsyncIterable<Page<unknown>>;

  private constructor(list: string, slices: AsyncIterable<Page<unknown>>) {
    this.#list = list;
    this.#slices = slices;
  }

  /** `list` is the response's field for the items; the last slice has the token of the next page. */
  static of<T>(list: string, slices: AsyncIterable<Page<T>>, toWire: (item: T) => unknown): LongResponse {
    return new LongResponse(list, onTheWire(slices, toWire));
  }

  /**
   * Resolves once the first slices are read, so that a request that cannot be answered still gets its error. An error in a later
   * slice breaks the connection, so that no client takes a part for the whole. A short list becomes a plain text.
   */
  async body(): Promise<string | Readable> {
    const texts = this.#texts();
    const start: string[] = [];
    while (start.length < 3) {
      const next = await texts.next();
      if (next.done === true) return start.join("");
      start.push(next.value);
    }
    return Readable.from(joined(start, texts), { objectMode: false });
  }

  /** A text for each slice that is not empty, and one for the end. */
  async *#texts(): AsyncGenerator<string, undefined> {
    let before = `{"${this.#list}":[`;
    let isFirst = true;
    let token: string | undefined;
    for await (const { items, nextPageToken } of inTurns(this.#slices)) {
      token = nextPageToken;
      if (items.length === 0) continue;
      yield before + JSON.stringify(items).slice(1, -1);
      isFirst = false;
      before = ",";
    }
    const end = token === undefined ? "" : `,"next_page_token":${JSON.stringify(token)}`;
    yield `${isFirst ? before : ""}]${end}}`;
  }
}

async function* onTheWire<T>(
  slices: AsyncIterable<Page<T>>,
  toWire: (item: T) => unknown,
): AsyncGenerator<Page<unknown>> {
  for await (const { items, ...rest } of slices) yield { items: items.map(toWire), ...rest };
}

async function* joined(start: readonly string[], rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield* start;
  yield* rest;
}

/** The slices of one response, each read in a turn of its own. */
async function* inTurns<T>(slices: AsyncIterable<T>): AsyncGenerator<T> {
  await nextTurn();
  for await (const slice of slices) {
    yield slice;
    await nextTurn();
  }
}

let lastTurn: Promise<void> = Promise.resolve();

/** Whoever waits gets a turn of the event loop alone, first come, first served. */
function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => setImmediate());
  return lastTurn;
}
