const QUOTE = 34;
const BACKSLASH = 92;
const OPENING: ReadonlySet<number> = new Set([91, 123]); // [ and {
const CLOSING: ReadonlySet<number> = new Set([93, 125]); // ] and }

/** Far above what any document of the wire has, and far below what endangers the parser. */
const UNTRUSTED_DEPTH_MAX = 100;

/**
 * As `JSON.parse`, of a text from outside; throws a `SyntaxError` also for more than a hundred levels. Everything that a
 * client, a file or a database column filled by a client says goes through it: see `jsonDepthExceeds`.
 */
export function parseUntrustedJson(text: string): unknown {
  if (jsonDepthExceeds(text, UNTRUSTED_DEPTH_MAX)) {
    throw new SyntaxError(`JSON is nested deeper than ${UNTRUSTED_DEPTH_MAX} levels`);
  }
  return JSON.parse(text);
}

/**
 * Whether a text of JSON has more lists and objects within each other than `depthMax`, found without parsing it. Node
 * 26.10's `JSON.parse` may end the process (a segmentation fault) after a text of ten thousand levels, so what comes from
 * outside is looked at first. Takes time in proportion to the text.
 */
export function jsonDepthExceeds(text: string, depthMax: number): boolean {
  if (text.length <= depthMax) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if (OPENING.has(code) && ++depth > depthMax) return true;
    else if (CLOSING.has(code)) depth--;
  }
  return false;
}

/** Where the closing quote is, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
