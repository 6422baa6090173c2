import { maskTokens } from "../mask-tokens.ts";

/** Longer than a stack trace's longest line; minified code and dumps of data are cut. */
export const LINE_CHARS_MAX = 4000;

// Escape sequences of a terminal (ECMA-48): CSI, such as colours; strings up to BEL or ST, such as titles and links; others.
// oxlint-disable-next-line no-control-regex -- Control characters are what this is about.
const ESCAPE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;
// What is left of control characters, and those that turn the order of text round. A tab stays.
// oxlint-disable-next-line no-control-regex -- As above.
const UNSEEN = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/**
 * One line of a program's output as plain text: without colours and other orders to a terminal, and of what a progress
 * bar wrote over and over the last state.
 */
export function cleanLogLine(raw: string): string {
  const last = raw.replace(/(?<!\r)\r+$/, "");
  const written = last.slice(last.lastIndexOf("\r") + 1);
  const text = maskTokens(written.replace(ESCAPE, "").replace(UNSEEN, ""));
  return text.length > LINE_CHARS_MAX ? `${text.slice(0, LINE_CHARS_MAX)}…` : text;
}
