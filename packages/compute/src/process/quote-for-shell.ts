/** Characters that mean themselves anywhere in a bash word. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word of a bash command that stands for exactly `text`. */
export function quoteForShell(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
