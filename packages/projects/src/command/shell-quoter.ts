import { quoteForShell } from "@flightdeck/compute";

/**
 * The quoting context at a position in a bash command. In the contexts in `UNQUOTABLE` no quoting can keep a value as
 * text: within backquotes, `${…}`, `$'…'`, arithmetic and here-documents the shell evaluates it again.
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
const UNQUOTABLE: ReadonlySet<Context> = new Set(["backquote", "expansion", "ansi", "arithmetic", "heredoc"]);

/** A token that opens a nested context. Lists of them are ordered longest first. */
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
/** Contexts in which a backslash escapes the next character. */
const ESCAPING: ReadonlySet<Context> = new Set([
  "bare",
  "double",
  "backquote",
  "expansion",
  "ansi",
  "arithmetic",
]);

/** Reads a bash command piece by piece and quotes values for the current position. */
export class ShellQuoter {
  readonly #contexts: Context[] = ["bare"];
  #isEscaped = false;
  #last = "\n";

  read(text: string): void {
    for (let at = 0; at < text.length;) at += this.#step(text, at);
  }

  /** The value quoted for the current position; undefined where no quoting can keep it as text. */
  quote(value: string): string | undefined {
    if (this.#isEscaped || this.#contexts.some((context) => UNQUOTABLE.has(context))) return undefined;
    const context = this.#contexts.at(-1);
    if (this.#last === "$" && (context === "bare" || context === "double")) return undefined;
    this.#last = "x";
    if (context === "comment") return value.replaceAll(/[\r\n]/g, " ");
    if (context === "single") return value.replaceAll("'", String.raw`'\''`);
    return context === "double" ? value.replaceAll(/["$\\`]/g, String.raw`\$&`) : quoteForShell(value);
  }

  /** Reads one token and returns its length. */
  #step(text: string, at: number): number {
    const context = this.#contexts.at(-1) ?? "bare";
    const length = this.#isEscaped ? this.#skipEscaped() : this.#enter(context, text, at);
    this.#last = text[at + length - 1] ?? this.#last;
    return length;
  }

  #skipEscaped(): number {
    this.#isEscaped = false;
    return 1;
  }

  #enter(context: Context, text: string, at: number): number {
    const closing = CLOSINGS[context];
    if (ESCAPING.has(context) && text[at] === "\\") {
      this.#isEscaped = true;
      return 1;
    }
    if (closing !== undefined && text.startsWith(closing, at)) {
      if (this.#contexts.length > 1) this.#contexts.pop();
      return closing.length;
    }
    const opening =
      OPENINGS[context].find(({ token }) => text.startsWith(token, at)) ?? this.#wordStart(context, text, at);
    if (opening !== undefined) this.#contexts.push(opening.opens);
    return opening?.token.length ?? 1;
  }

  /** A comment begins with `#` at the start of a word; a here-document with `<<`, but not with `<<<`. */
  #wordStart(context: Context, text: string, at: number): Opening | undefined {
    if (context !== "bare") return undefined;
    if (text[at] === "#" && /[\s;&|()]/.test(this.#last)) return { token: "#", opens: "comment" };
    if (text.startsWith("<<", at) && text[at + 2] !== "<" && this.#last !== "<")
      return { token: "<<", opens: "heredoc" };
    return undefined;
  }
}
