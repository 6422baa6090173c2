import { AppError } from "@flightdeck/core";

/** A piece of a command: text for the shell, or the place of a parameter's value. */
export type TemplatePart = { readonly text: string } | { readonly placeholder: string };

const TOKEN = /\{\{|\}\}|\{(?<name>[^{}]*)\}|[{}]/g;

/**
 * Splits a command at its placeholders. As in MLflow, whose commands are Python format strings, `{name}` stands for a
 * value and `{{`, `}}` for single braces. Throws `INVALID_PARAMETER_VALUE` for a lone brace.
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
    if (name === undefined && token.length === 1) throw loneBrace(template, match.index);
    if (name === undefined) {
      text += token.slice(1);
    } else {
      parts.push({ text }, { placeholder: name.trim() });
      text = "";
    }
  }
  return [...parts, { text: text + template.slice(end) }];
}

function loneBrace(template: string, index: number): AppError {
  const shown = template.slice(Math.max(0, index - 10), index + 10);
  const message = `command holds a lone brace near ${JSON.stringify(shown)}; write {name} for a parameter and {{ or }} for a brace`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
