import { AppError, cancelled } from "@flightdeck/core";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";

/** Asks somebody at a terminal, or reads the answers from a pipe, a line each. */
export type Prompt = {
  /** The answer, without blanks around it. */
  ask(question: string): Promise<string>;
  /** As `ask`; on a terminal the answer does not show. */
  askSecretly(question: string): Promise<string>;
  close(): void;
};

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Nothing is read before the first question. */
export function openPrompt(input: Input, output: NodeJS.WritableStream): Prompt {
  const isTerminal = input.isTTY === true;
  let isSecret = false;
  // readline echoes what is typed by its output, which is therefore shut while a secret is asked for.
  const echo = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      if (!isSecret) output.write(chunk);
      done();
    },
  });
  let lines: Lines | undefined;
  const ask = async (question: string, secret: boolean): Promise<string> => {
    if (isTerminal) output.write(`${question}: `);
    lines ??= readLines(createInterface({ input, output: echo, terminal: isTerminal, historySize: 0 }));
    isSecret = secret;
    try {
      return (await lines.next(question)).trim();
    } finally {
      isSecret = false;
      if (isTerminal && secret) output.write("\n");
    }
  };
  return {
    ask: (question) => ask(question, false),
    askSecretly: (question) => ask(question, true),
    close: () => lines?.close(),
  };
}

type Lines = { next(question: string): Promise<string>; close(): void };

/** Lines that come before they are asked for, all at once from a pipe, are kept. */
function readLines(reader: Interface): Lines {
  const lines = reader[Symbol.asyncIterator]();
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => undefined); // Nobody may be waiting.
  reader.once("SIGINT", () => interrupted.reject(cancelled(AbortSignal.abort("Ctrl-C"))));
  return {
    next: async (question) => {
      const line = await Promise.race([lines.next(), interrupted.promise]);
      if (line.done !== true) return line.value;
      throw new AppError(
        "INVALID_PARAMETER_VALUE",
        `the input ended where an answer was expected: ${question}`,
      );
    },
    close: () => reader.close(),
  };
}
