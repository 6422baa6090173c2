import { quoteForShell } from "@flightdeck/compute";

/**
 * Where in a bash command the reader is. `closed` contexts are those in which no quoting keeps a value text: within
 * backquotes, `${…}`, `$'…'`, arithmetic and here-documents the shell reads it a second time.
 */
type Context =
  | "bare"
  | "double"
  | "single"
  | "comment"
  | "backquote"
  | "expansion"
  | "ansi"
  | "arithmetic"
  | "heredoc";
const CLOSED: ReadonlySet<Context> = new Set(["backquote", "expansion", "ansi", "arithmetic", "heredoc"]);

/** What opens a context from within another, longest first. */
type Opening = { readonly token: string; readonly opens: Context };
const EXPANSIONS: readonly Opening[] = [
  { token: "$((", opens: "arithmetic" },
  { token: "$(", opens: "bare" },
  { token: "${", opens: "expansion" },
  { token: "`", opens: "backquote" },
];
const OPENINGS: Readonly<Record<Context, readonly Opening[]>> = {
  bare: [
    ...EXPANSIONS,
    { token: "$'", opens: "ansi" },
    { token: "((", opens: "arithmetic" },
    { token: "(", opens: "bare" },
    { token: "'", opens: "single" },
    { token: '"', opens: "double" },
  ],
  double: EXPANSIONS,
  expansion: [...EXPANSIONS, { token: '"', opens: "double" }],
  arithmetic: [...EXPANSIONS, { token: "(", opens: "bare" }],
  single: [],
  comment: [],
  backquote: [],
  ansi: [],
  heredoc: [],
};
const CLOSINGS: Readonly<Record<Context, string | undefined>> = {
  bare: ")",
  double: '"',
  single: "'",
  comment: "\n",
  backquote: "`",
  expansion: "}",
  ansi: "'",
  arithmetic: "))",
  heredoc: undefined,
};
/** Contexts in which a backslash takes the next character's meaning away. */
const ESCAPING: ReadonlySet<Context> = new Set([
  "bare",
  "double",
  "backquote",
  "expansion",
  "ansi",
  "arithmetic",
]);

/** Reads a bash command piece by piece and quotes values for the place that it has come to. */
export class ShellQuoter {
  private readonly contexts: Context[] = ["bare"];
  private isEscaped = false;
  private last = "\n";

  read(text: string): void {
    for (let at = 0; at < text.length;) at += this.step(text, at);
  }

  /** The value as text for the place reached; undefined where no quoting can keep it text. */
  quote(value: string): string | undefined {
    if (this.isEscaped || this.contexts.some((context) => CLOSED.has(context))) return undefined;
    const context = this.contexts.at(-1);
    if (this.last === "$" && (context === "bare" || context === "double")) return undefined;
    this.last = "x";
    if (context === "comment") return value.replaceAll(/[\r\n]/g, " ");
    if (context === "single") return value.replaceAll("'", String.raw`'\''`);
    return context === "double" ? value.replaceAll(/["$\\`]/g, String.raw`\$&`) : quoteForShell(value);
  }

  /** Reads one token and gives its length. */
  private step(text: string, at: number): number {
    const context = this.contexts.at(-1) ?? "bare";
    const length = this.isEscaped ? this.skipEscaped() : this.enter(context, text, at);
    this.last = text[at + length - 1] ?? this.last;
    return length;
  }

  private skipEscaped(): number {
    this.isEscaped = false;
    return 1;
  }

  private enter(context: Context, text: string, at: number): number {
    const closing = CLOSINGS[context];
    if (ESCAPING.has(context) && text[at] === "\\") {
      this.isEscaped = true;
      return 1;
    }
    if (closing !== undefined && text.startsWith(closing, at)) {
      if (this.contexts.length > 1) this.contexts.pop();
      return closing.length;
    }
    const opening =
      OPENINGS[context].find(({ token }) => text.startsWith(token, at)) ?? this.wordStart(context, text, at);
    if (opening !== undefined) this.contexts.push(opening.opens);
    return opening?.token.length ?? 1;
  }

  /** A comment begins with `#` at the start of a word; a here-document with `<<`, which `<<<` is not. */
  private wordStart(context: Context, text: string, at: number): Opening | undefined {
    if (context !== "bare") return undefined;
    if (text[at] === "#" && /[\s;&|()]/.test(this.last)) return { token: "#", opens: "comment" };
    if (text.startsWith("<<", at) && text[at + 2] !== "<" && this.last !== "<")
      return { token: "<<", opens: "heredoc" };
    return undefined;
  }
}
