import { InvalidArgumentError } from "commander";

const PORT_MAX = 65_535;

/** A TCP port; 0 picks a free one. */
export function parsePort(text: string): number {
  return parseWhole(text, { min: 0, max: PORT_MAX });
}

/** A positive count. */
export function parseCount(text: string): number {
  return parseWhole(text, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** A count, or a time, from 0 on. */
export function parseOffset(text: string): number {
  return parseWhole(text, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

function parseWhole(text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
}

/** Collects a repeatable option. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** `NAME=VALUE` into a record; the value may hold `=`. */
export function collectPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError("It must have the form NAME=VALUE.");
  const name = text.slice(0, equals);
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return Object.assign(Object.create(null), before, { [name]: text.slice(equals + 1) });
}

/** Refuses an option of MLflow's that has no meaning here yet. */
export function refuse(reason: string): (text: string) => never {
  return () => {
    throw new InvalidArgumentError(reason);
  };
}
