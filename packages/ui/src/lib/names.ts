/**
 * Characters that must not be displayed: control characters, and marks that reverse the text direction
 * (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing), with which one name can imitate another.
 */
const UNDRAWABLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const LINE_ENDS_AND_TABS = /[\t\n\r]/;

/** Makes user text safe for one line: replaces characters that are invisible or disturb their neighbors with `�`. */
export function shownText(text: string): string {
  return text.replace(UNDRAWABLE, (character) => (LINE_ENDS_AND_TABS.test(character) ? " " : "\ufffd"));
}

/** Like `shownText`, but keeps line breaks. */
export function shownLines(text: string): string {
  return text.replace(UNDRAWABLE, (character) => (LINE_ENDS_AND_TABS.test(character) ? character : "\ufffd"));
}

/** A record's name, or its id if the name is blank: a blank link can be neither seen nor clicked. */
export function shownName(name: string, id: string): string {
  return name.replaceAll(/[\s\p{Cf}\u2800\u3164]/gu, "") === "" ? id : shownText(name);
}

/** Long texts are cut so that the end, which tells similar names apart, stays visible. */
const END_CHARS = 9;
const CUT_CHARS_MIN = 14;

/** Splits a text into a start, which shrinks when space is tight, and an end, which stays. A short text is all end. */
export function cutInMiddle(text: string): readonly [start: string, end: string] {
  const characters = Array.from(text); // By code point: a cut inside one would show neither half.
  if (characters.length < CUT_CHARS_MIN) return ["", text];
  return [characters.slice(0, -END_CHARS).join(""), characters.slice(-END_CHARS).join("")];
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Sorts names naturally: `layer2` before `layer10`, ignoring case. */
export function compareNatural(a: string, b: string): number {
  return collator.compare(a, b);
}
