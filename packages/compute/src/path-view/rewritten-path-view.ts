import { AppError } from "@flightdeck/core";
import type { PathMapping, PathView, PathViewOptions } from "./path-view.ts";

/** What a word of a script may hold without quotes: a path with anything else would change what the script says. */
const PLAIN_PATH = /^[\w@%+=:,./-]+$/;

/**
 * For systems without mount namespaces: where a text names one of the places, it names the folder itself instead. A place
 * that a program puts together by itself is not found. Throws `INVALID_PARAMETER_VALUE` for a folder whose path needs quotes.
 */
export function rewrittenPathView({ mappings }: Pick<PathViewOptions, "mappings">): PathView {
  mappings.forEach(requirePlain);
  const text = (given: string): string => mappings.reduce(rewrite, given);
  return { kind: "rewritten", command: (argv) => argv, text, path: text };
}

/**
 * A place begins a word, or follows a quote or `=` and the like; `dbfs:/databricks/x` is no path of this machine, and
 * `/my/dbfs` another.
 */
function rewrite(text: string, { seen, real }: PathMapping): string {
  return text.replaceAll(seen, (_, at: number) => {
    const [before, after] = [text.charAt(at - 1), text.charAt(at + seen.length)];
    return BEFORE_PLACE.test(before) && !IN_NAME.test(after) ? real : seen;
  });
}

/** A character, or nothing at the beginning of the text. */
const BEFORE_PLACE = /^$|[\s"'`=(<>|&;,[{]/;
const IN_NAME = /[\w.-]/;

function requirePlain({ seen, real }: PathMapping): void {
  if (PLAIN_PATH.test(real)) return;
  const message = `${seen} cannot stand for ${JSON.stringify(real)}: without mount namespaces its path may hold only letters, digits and @%+=:,./-_`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
