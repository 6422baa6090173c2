import { saveProfile } from "@flightdeck/client/databricks";
import { AppError } from "@flightdeck/core";
import { readFile } from "node:fs/promises";
import { printResult } from "../../../output/print-result.ts";
import type { JsonFlag } from "../../json-option.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { openPrompt, type Prompt } from "./prompt.ts";

export type ConfigureFlags = ProfileFlag & JsonFlag & { readonly host?: string; readonly tokenFile?: string };

const DEFAULT_PROFILE = "DEFAULT";

/** Asks on a terminal; elsewhere reads the address and the token from standard input, a line each. */
export async function configure({ profile = DEFAULT_PROFILE, ...flags }: ConfigureFlags): Promise<void> {
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
  throw new AppError("INVALID_PARAMETER_VALUE", "the token is empty; make one by 'flightdeck tokens create'");
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").trim();
}

/** The origin alone: people copy addresses with a path from their browser. */
function parseHost(text: string): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && text !== "") return url.origin;
  const message = `the host must be an address such as https://example.cloud.databricks.com or http://127.0.0.1:5000, got ${JSON.stringify(text)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
