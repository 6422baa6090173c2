import { quoteForShell } from "@flightdeck/compute";
import { AppError } from "@flightdeck/core";
import type { EntryPoint } from "../project/project.ts";
import { parseTemplate } from "./parse-template.ts";
import { ShellQuoter } from "./shell-quoter.ts";

/** What goes into a command. */
export type CommandValues = {
  /** By the names that the entry point declares. */
  readonly declared: ReadonlyMap<string, string>;
  /** Appended as `--key value`, in this order, as MLflow does. */
  readonly extra: ReadonlyMap<string, string>;
};

/**
 * The bash command of an entry point with every value in its place. A value is text wherever it stands, quoted for the
 * quotes around it, so metacharacters have no effect.
 *
 * Throws `INVALID_PARAMETER_VALUE` when the command names a parameter that is not declared, or puts one where the shell
 * would read its value as code.
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
    if ("placeholder" in part) return placed(name, part.placeholder);
    quoter.read(part.text);
    return part.text;
  });
  const appended = [...extra].map(([key, value]) => ` ${quoteForShell(`--${key}`)} ${quoteForShell(value)}`);
  return words.join("") + appended.join("");

  function placed(entryPoint: string, parameter: string): string {
    const value = declared.get(parameter);
    if (value === undefined) throw undeclared(entryPoint, parameter, [...declared.keys()]);
    const quoted = quoter.quote(value);
    if (quoted === undefined) throw unsafe(entryPoint, parameter);
    return quoted;
  }
}

function undeclared(entryPoint: string, parameter: string, names: readonly string[]): AppError {
  const declared = names.length === 0 ? "it declares none" : `it declares ${names.join(", ")}`;
  const message = `the command of entry point "${entryPoint}" names the parameter "${parameter}", but ${declared}; write {{ and }} for braces of the shell`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

function unsafe(entryPoint: string, parameter: string): AppError {
  const message = `the command of entry point "${entryPoint}" puts {${parameter}} after $ or a backslash, or within backquotes, \${{…}}, $'…', arithmetic or a here-document, where bash would read its value as code; put it in a word of its own`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
