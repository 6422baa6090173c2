import { quoteForShell } from "@flightdeck/compute";
import { type AppError, invalid } from "@flightdeck/core";
import type { EntryPoint } from "../project/project.ts";
import { ShellQuoter } from "./shell-quoter.ts";

/** The values to put into a command. */
export type CommandValues = {
  /** Keyed by the names that the entry point declares. */
  readonly declared: ReadonlyMap<string, string>;
  /** Appended as `--key value`, in this order, as MLflow does. */
  readonly extra: ReadonlyMap<string, string>;
};

/** A piece of a command: shell text, or a placeholder for a parameter's value. */
type TemplatePart = { readonly text: string } | { readonly placeholder: string };

const TOKEN = /\{\{|\}\}|\{(?<name>[^{}]*)\}|[{}]/g;

/**
 * The bash command of an entry point with every value filled in. Values are quoted to match their surroundings, so shell
 * metacharacters in them have no effect.
 *
 * Throws `INVALID_PARAMETER_VALUE` when the command uses an undeclared parameter, or puts one where the shell would
 * evaluate its value as code.
 *
 * @example
 * ```ts
 * const entryPoint = { name: "main", command: "python train.py {fpath}", parameters: [] };
 * buildCommand(entryPoint, { declared: new Map([["fpath", "a b"]]), extra: new Map([["algo", "tpe"]]) });
 * // "python train.py 'a b' --algo tpe"
 * ```
 */
export function buildCommand({ name, command }: EntryPoint, { declared, extra }: CommandValues): string {
  const quoter = new ShellQuoter();
  const words = parseTemplate(command.trimEnd()).map((part) => {
    if ("placeholder" in part) return quotedValue(name, part.placeholder);
    quoter.read(part.text);
    return part.text;
  });
  const appended = [...extra].map(([key, value]) => ` ${quoteForShell(`--${key}`)} ${quoteForShell(value)}`);
  return words.join("") + appended.join("");

  function quotedValue(entryPoint: string, parameter: string): string {
    const value = declared.get(parameter);
    if (value === undefined) throw undeclared(entryPoint, parameter, [...declared.keys()]);
    const quoted = quoter.quote(value);
    if (quoted === undefined) throw unsafe(entryPoint, parameter);
    return quoted;
  }
}

function undeclared(entryPoint: string, parameter: string, names: readonly string[]): AppError {
  const declared = names.length === 0 ? "it declares none" : `it declares ${names.join(", ")}`;
  const message = `the command of entry point "${entryPoint}" uses the parameter "${parameter}", but ${declared}; write {{ and }} for literal braces`;
  return invalid(message);
}

function unsafe(entryPoint: string, parameter: string): AppError {
  const message = `the command of entry point "${entryPoint}" puts {${parameter}} after $ or a backslash, or within backquotes, \${{…}}, $'…', arithmetic or a here-document, where bash would evaluate its value as code; make it a separate word`;
  return invalid(message);
}

/**
 * Splits a command at its placeholders. As in MLflow, where commands are Python format strings, `{name}` is a placeholder
 * and `{{`, `}}` are literal braces. Throws `INVALID_PARAMETER_VALUE` for an unmatched brace.
 */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = "";
  let end = 0;
  for (const match of template.matchAll(TOKEN)) {
    const [token] = match;
    const name = match.groups?.["name"];
    text += template.slice(end, match.index);
    end = match.index + token.length;
    if (name === undefined && token.length === 1) throw unmatchedBrace(template, match.index);
    if (name === undefined) {
      text += token.slice(1);
    } else {
      parts.push({ text }, { placeholder: name.trim() });
      text = "";
    }
  }
  return [...parts, { text: text + template.slice(end) }];
}

function unmatchedBrace(template: string, index: number): AppError {
  const shown = template.slice(Math.max(0, index - 10), index + 10);
  const message = `the command has an unmatched brace near ${JSON.stringify(shown)}; write {name} for a parameter and {{ or }} for a literal brace`;
  return invalid(message);
}
