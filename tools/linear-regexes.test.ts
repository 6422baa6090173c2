import { Visitor } from "oxc-parser";
import { checkSync } from "recheck";
import { describe, expect, test } from "vitest";
import { GROWTH_MAX, growthOf } from "./growth.ts";
import { attacksOn } from "./regex-attacks.ts";
import { sourceFiles } from "./source-files.ts";

/*
 * The server has one thread, and a regular expression cannot be interrupted: one that takes time squared lets a text of
 * 60,000 characters stop everybody for seconds. So every one takes time in proportion to its text: by analysis
 * (recheck's), and measured on the texts that it could be slow on.
 */

/**
 * No clock: the verdict is the same on every machine. Expressions with larger automata, which take minutes to analyse, are
 * attacked with generated texts instead.
 */
const ANALYSIS = { timeout: null, randomSeed: 0, maxNFASize: 5000 };

const { literals, built } = regexesOf();

test("every regular expression is written out, so that it can be checked", () => {
  expect(built, "match a fixed expression, or search for a text by indexOf").toEqual([]);
});

test.each([...literals])("%s is linear", (shown, regex) => {
  expect(verdictOf(regex), `${shown} may take time squared`).toEqual({ status: "safe", slow: [] });
});

describe("what the check must find", () => {
  test.each([/\/+$/, /^\d+\.?\d*$/, /(^|\s)#.*$/, /^(a+)+b/, /"(?:\\.|[^"])*\s*"$/g])("%s", (regex) => {
    const { status, slow } = verdictOf(regex);
    expect({ status, slowCount: slow.length }).toEqual({ status: "vulnerable", slowCount: 2 });
  });
});

type Verdict = { readonly status: string; readonly slow: readonly string[] };

function verdictOf(regex: RegExp): Verdict {
  const analysed = checkSync(regex.source, regex.flags, ANALYSIS);
  const attack = analysed.status === "vulnerable" ? analysed.attack.pattern : undefined;
  const slow = attacksOn(regex).find(({ prefix, pump, suffix }) => {
    const run = (chars: number): void => {
      const text = prefix + pump.repeat(Math.ceil(chars / pump.length)) + suffix;
      text.replace(regex, "");
    };
    return (growthOf(run) ?? 0) >= GROWTH_MAX;
  });
  const shown = slow && JSON.stringify([slow.prefix, slow.pump, slow.suffix]);
  return { status: analysed.status, slow: [shown, attack].filter((each) => each !== undefined) };
}

type Found = { readonly literals: ReadonlyMap<string, RegExp>; readonly built: readonly string[] };

function regexesOf(): Found {
  const literals = new Map<string, RegExp>();
  const built: string[] = [];
  for (const { path, program } of sourceFiles()) {
    const noteBuilt = (callee: { readonly type: string; readonly name?: unknown }): void => {
      if (callee.type === "Identifier" && callee.name === "RegExp") built.push(path);
    };
    new Visitor({
      Literal(node) {
        if (!("regex" in node) || node.regex === null) return;
        const { pattern, flags } = node.regex;
        literals.set(`/${pattern}/${flags}`, new RegExp(pattern, flags));
      },
      NewExpression: ({ callee }) => noteBuilt(callee),
      CallExpression: ({ callee }) => noteBuilt(callee),
    }).visit(program);
  }
  return { literals, built };
}
