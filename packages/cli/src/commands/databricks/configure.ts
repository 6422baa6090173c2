import { saveProfile } from "@flightdeck/client/databricks";
import { cancelled, invalid } from "@flightdeck/core";
import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { printResult } from "../../output/print.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import { PROFILE_OPTION, type ProfileFlag, withGroupOptions } from "./options.ts";

type ConfigureFlags = ProfileFlag &
  JsonFlag & { readonly host?: string | undefined; readonly tokenFile?: string | undefined };

const DEFAULT_PROFILE = "DEFAULT";

/** Asks questions on a terminal, or reads the answers from a pipe, one per line. */
type Prompt = {
  /** Returns the answer without surrounding whitespace. */
  ask(question: string): Promise<string>;
  /** Like `ask`, but does not echo the answer on a terminal. */
  askSecretly(question: string): Promise<string>;
  close(): void;
};

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/**
 * `flightdeck databricks configure`. The token is never a command-line argument, which other users of the machine could
 * see.
 */
export function defineConfigure(command: Command): void {
  command
    .option("--host <URL>", "Address of the workspace, for example http://127.0.0.1:5000.")
    .option("-t, --token", "Accepted for compatibility: a token is always asked for.")
    .option("-f, --token-file <PATH>", "File whose first line is the token.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(configure));
}

/** Asks on a terminal; otherwise reads the address and the token from stdin, one per line. */
async function configure({ profile = DEFAULT_PROFILE, ...flags }: ConfigureFlags): Promise<void> {
  const prompt = openPrompt(process.stdin, process.stderr);
  try {
    const host = parseHost(flags.host ?? (await prompt.ask("Databricks Host (http://127.0.0.1:5000 say)")));
    const token = await tokenOf(flags, prompt);
    const path = await saveProfile({ profile, host, token }, process.env);
    printResult(flags.json, `Saved profile ${profile} for ${host} to ${path}.`, { profile, host, path });
  } finally {
    prompt.close();
  }
}

async function tokenOf({ tokenFile }: ConfigureFlags, prompt: Prompt): Promise<string> {
  const token =
    tokenFile === undefined
      ? await prompt.askSecretly("Token")
      : firstLine(await readFile(tokenFile, "utf8"));
  if (token !== "") return token;
  throw invalid("the token is empty; create one with 'flightdeck tokens create'");
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").trim();
}

/** Returns only the origin, since people copy addresses with a path from their browser. */
function parseHost(text: string): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && text !== "") return url.origin;
  const message = `the host must be an address such as https://example.cloud.databricks.com or http://127.0.0.1:5000, got ${JSON.stringify(text)}`;
  throw invalid(message);
}

/** Reads no input before the first question. */
export function openPrompt(input: Input, output: NodeJS.WritableStream): Prompt {
  const isTerminal = input.isTTY === true;
  let isSecret = false;
  // readline echoes input through its output stream, so we mute that for secrets.
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

/** Keeps lines that arrive before they are asked for; a pipe delivers them all at once. */
function readLines(reader: Interface): Lines {
  const lines = reader[Symbol.asyncIterator]();
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => undefined); // There may be no question pending.
  reader.once("SIGINT", () => interrupted.reject(cancelled(AbortSignal.abort("Ctrl-C"))));
  return {
    next: async (question) => {
      const line = await Promise.race([lines.next(), interrupted.promise]);
      if (line.done !== true) return line.value;
      throw invalid(`the input ended where an answer was expected: ${question}`);
    },
    close: () => reader.close(),
  };
}
