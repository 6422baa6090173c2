/** This project's tokens and Databricks' own: a prefix, and what makes them secret. */
const TOKEN = /\b(fd[po]at-|dapi)[\w-]{16,}/g;

/** The text with access tokens made unreadable: a screen is shown to others, and copied from. */
export function maskTokens(text: string): string {
  return text.replace(TOKEN, "$1…");
}
