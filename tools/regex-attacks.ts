import { type AST, RegExpParser } from "@eslint-community/regexpp";

/** A text that a regular expression may be slow on: `prefix`, then `pump` repeatedly, then `suffix`. */
export type Attack = { readonly prefix: string; readonly pump: string; readonly suffix: string };

/** Suffixes that prevent or allow the end of a match. */
const SUFFIXES = ["\u0000", "", "\n"];
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCodePoint(code));
/** Also non-ASCII: a letter, a digit and a space of other scripts, and half of a surrogate pair. */
const CANDIDATES = [...ASCII, "é", "٣", "\u2003", "\uD83D"];
/** Every kind of character is tried alone, and every pair of the first this many. */
const KINDS_MAX = 12;

/**
 * Derives attacks from an expression: the characters that it distinguishes, alone and in pairs, and matches of each
 * repeated part, preceded by a match of what comes before it.
 */
export function attacksOn(regex: RegExp): readonly Attack[] {
  const isUnicode = regex.unicode || regex.unicodeSets;
  const pattern = new RegExpParser().parsePattern(regex.source, 0, regex.source.length, {
    unicode: regex.unicode,
    unicodeSets: regex.unicodeSets,
  });
  const kinds = kindsOf(pattern, `${isUnicode ? "u" : ""}${regex.ignoreCase ? "i" : ""}`);
  const found = new Map<string, Omit<Attack, "suffix">>();
  const add = (prefix: string, pump: string): void => {
    if (pump !== "") found.set(JSON.stringify([prefix, pump]), { prefix, pump });
  };
  const few = kinds.slice(0, KINDS_MAX);
  kinds.forEach((kind) => add("", kind));
  few.forEach((first) => few.forEach((second) => add("", first + second)));
  visitAlternatives(pattern.alternatives, "", add);
  return [...found.values()].flatMap((attack) => SUFFIXES.map((suffix) => ({ ...attack, suffix })));
}

type Add = (prefix: string, pump: string) => void;

function visitAlternatives(alternatives: readonly AST.Alternative[], prefix: string, add: Add): void {
  for (const { elements } of alternatives) {
    let before = prefix;
    for (const element of elements) {
      visit(element, before, add);
      before += exampleOf(element);
    }
    add("", before.slice(prefix.length));
  }
}

function visit(element: AST.Element, before: string, add: Add): void {
  switch (element.type) {
    case "Quantifier":
      examplesOf(element.element).forEach((example) => add(before, example));
      visit(element.element, before, add);
      break;
    case "Group":
    case "CapturingGroup":
      visitAlternatives(element.alternatives, before, add);
      break;
    default: // Matches at most one character.
  }
}

/** One example for each alternative. */
function examplesOf(element: AST.Element): readonly string[] {
  if (element.type !== "Group" && element.type !== "CapturingGroup") return [exampleOf(element)];
  return element.alternatives.map(({ elements }) => elements.map(exampleOf).join(""));
}

function exampleOf(element: AST.Element): string {
  switch (element.type) {
    case "Character":
      return String.fromCodePoint(element.value);
    case "CharacterSet":
    case "CharacterClass":
    case "ExpressionCharacterClass":
      return CANDIDATES.find((candidate) => matcherOf(element, "u")(candidate)) ?? "";
    case "Quantifier":
      return exampleOf(element.element).repeat(Math.max(element.min, 1));
    case "Group":
    case "CapturingGroup":
      return examplesOf(element)[0] ?? "";
    default:
      return "";
  }
}

/** One character of each kind that the expression distinguishes. */
function kindsOf(pattern: AST.Pattern, flags: string): readonly string[] {
  const matchers = leavesOf(pattern).map((leaf) => matcherOf(leaf, flags));
  const kinds = new Map<string, string>();
  for (const candidate of CANDIDATES) {
    const kind = matchers.map((matches) => (matches(candidate) ? "1" : "0")).join("");
    if (!kinds.has(kind)) kinds.set(kind, candidate);
  }
  return [...kinds.values()];
}

type Leaf = AST.Character | AST.CharacterSet | AST.CharacterClass | AST.ExpressionCharacterClass;

function leavesOf(node: AST.Pattern | AST.Element): readonly Leaf[] {
  if (node.type === "Quantifier") return leavesOf(node.element);
  if ("alternatives" in node) return node.alternatives.flatMap(({ elements }) => elements.flatMap(leavesOf));
  const isLeaf =
    node.type === "Character" ||
    node.type === "CharacterSet" ||
    node.type === "CharacterClass" ||
    node.type === "ExpressionCharacterClass";
  return isLeaf ? [node] : [];
}

function matcherOf({ raw }: Leaf, flags: string): (character: string) => boolean {
  const regex = compile(`^(?:${raw})$`, flags);
  return (character) => regex.test(character);
}

/** A class without the flag `u` may contain escapes that are invalid with it. */
function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    return new RegExp(source);
  }
}
