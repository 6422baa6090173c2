import { type Place, searchError } from "./search-error.ts";

/**
 * A token of a filter or order clause.
 * - `name`: `metrics.acc`, `params."x y"`, a bare or quoted attribute, or a keyword; `prefix` is what stands before the
 *   first dot.
 * - `text`: in single quotes. `quoted`: in double quotes, which is a name on the left and a text on the right.
 */
export type Token = Place &
  (
    | { readonly kind: "name"; readonly prefix: string | undefined; readonly key: string }
    | { readonly kind: "quoted"; readonly value: string }
    | { readonly kind: "text"; readonly value: string }
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "operator" | "symbol" | "end" }
  );

/**
 * Splits a filter into tokens; the last one is `end`. Throws `INVALID_PARAMETER_VALUE` at an invalid character, with its
 * place as `position` in the details.
 */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += matchAt(SPACE, source, position)?.length ?? 0;
    if (position >= source.length) break;
    const token = nextToken(source, position);
    tokens.push(token);
    position += token.raw.length;
  }
  return [...tokens, { kind: "end", raw: "", start: source.length }];
}

const SPACE = /\s+/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy;
const OPERATOR = /[=!<>]+/y;
const SYMBOL = /[(),]/y;
const TEXT = /'[^']*(?:''[^']*)*'/y;
const DOUBLE_QUOTED = /"[^"]*(?:""[^"]*)*"/y;
const BACKTICKED = /`[^`]*(?:``[^`]*)*`/y;
/**
 * Letters, digits, underscores and other characters that MLflow allows in unquoted keys; also dashes and slashes, which
 * it does not.
 */
const BARE = /[\p{L}\p{N}_$@][\p{L}\p{N}_$@.\-/:]*/uy;

function nextToken(source: string, start: number): Token {
  const number = matchAt(NUMBER, source, start);
  if (number !== undefined) return { kind: "number", raw: number, start, value: Number(number) };
  const operator = matchAt(OPERATOR, source, start);
  if (operator !== undefined) return { kind: "operator", raw: operator, start };
  const symbol = matchAt(SYMBOL, source, start);
  if (symbol !== undefined) return { kind: "symbol", raw: symbol, start };
  const text = matchAt(TEXT, source, start);
  if (text !== undefined) return { kind: "text", raw: text, start, value: unquoted(text) };
  return nameToken(source, start) ?? unknownToken(source, start);
}

function nameToken(source: string, start: number): Token | undefined {
  const head = matchAt(BARE, source, start);
  if (head !== undefined) {
    if (!head.endsWith(".") || head.indexOf(".") !== head.length - 1) return bareName(head, start);
    const key = quotedAt(source, start + head.length);
    if (key === undefined) return bareName(head, start);
    return { kind: "name", raw: head + key, start, prefix: head.slice(0, -1), key: unquoted(key) };
  }
  const quoted = quotedAt(source, start);
  if (quoted === undefined) return undefined;
  if (source[start + quoted.length] === ".") return prefixedName(source, start, quoted);
  if (quoted.startsWith('"')) return { kind: "quoted", raw: quoted, start, value: unquoted(quoted) };
  return { kind: "name", raw: quoted, start, prefix: undefined, key: unquoted(quoted) };
}

/** A name with a quoted prefix. */
function prefixedName(source: string, start: number, prefix: string): Token {
  const keyStart = start + prefix.length + 1;
  const quotedKey = quotedAt(source, keyStart);
  const key = quotedKey ?? matchAt(BARE, source, keyStart) ?? "";
  return {
    kind: "name",
    raw: `${prefix}.${key}`,
    start,
    prefix: unquoted(prefix),
    key: quotedKey === undefined ? key : unquoted(key),
  };
}

function bareName(raw: string, start: number): Token {
  const dot = raw.indexOf(".");
  if (dot === -1) return { kind: "name", raw, start, prefix: undefined, key: raw };
  return { kind: "name", raw, start, prefix: raw.slice(0, dot), key: raw.slice(dot + 1) };
}

function unknownToken(source: string, start: number): never {
  const character = String.fromCodePoint(source.codePointAt(start) ?? 0);
  const isQuote = /['"`]/.test(character);
  const place = { raw: isQuote ? source.slice(start) : character, start };
  throw isQuote
    ? searchError(`Invalid clause(s) in filter string: the quote ${character} is not closed`, place)
    : searchError(`Invalid clause(s) in filter string: '${character}'`, place);
}

function quotedAt(source: string, position: number): string | undefined {
  return matchAt(BACKTICKED, source, position) ?? matchAt(DOUBLE_QUOTED, source, position);
}

/** The text between quotes; a doubled quote stands for one quote. */
function unquoted(raw: string): string {
  const quote = raw[0] ?? "";
  return raw.slice(1, -1).replaceAll(quote + quote, quote);
}

function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position;
  const [match] = pattern.exec(source) ?? [];
  return match === "" ? undefined : match;
}

/** Whether a token is this keyword, ignoring case. Quoted names never are. */
export function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === "name" && token.raw.toUpperCase() === keyword;
}

/** Reads tokens one by one; at the end it keeps returning `end`. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] ?? END;
  }

  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  takeKeyword(keyword: string): boolean {
    return this.#takeIf(isKeyword(this.peek(), keyword));
  }

  takeSymbol(symbol: string): boolean {
    return this.#takeIf(this.peek().kind === "symbol" && this.peek().raw === symbol);
  }

  expectKeyword(keyword: string): void {
    if (this.takeKeyword(keyword)) return;
    throw searchError(`Invalid clause(s) in filter string: expected ${keyword}`, this.peek(), [keyword]);
  }

  expectSymbol(symbol: string, message: string): void {
    if (!this.takeSymbol(symbol)) throw searchError(message, this.peek());
  }

  #takeIf(condition: boolean): boolean {
    if (condition) this.#next++;
    return condition;
  }
}

const END: Token = { kind: "end", raw: "", start: 0 };
