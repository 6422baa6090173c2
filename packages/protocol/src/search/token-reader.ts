import type { Token } from "./lexer.ts";
import { searchError } from "./search-error.ts";

/** Whether a word is a keyword, whatever its case. Quoted words never are. */
export function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === "name" && token.raw.toUpperCase() === keyword;
}

/** Reads words one after another; at the end it gives `end` again and again. */
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
