import { Visitor } from "oxc-parser";
import { checkSync } from "recheck";
import { describe, expect, test } from "vitest";
import { GROWTH_MAX, growthOf } from "./growth.ts";
import { attacksOn } from "./regex-attacks.ts";
import { sourceFiles } from "./source-files.ts";

/*
 * The server has one thread, and a regular expression cannot be interrupted: with a quadratic one, a text of 60,000
 * characters blocks all users for seconds. So every expression must take linear time, according to analysis (by
 * recheck) and measured on texts that it might be slow on.
 */

/**
 * Without a timeout, so that the verdict is the same on every machine. Expressions with larger automata, which would
 * take minutes to analyze, are attacked with generated texts instead.
 */
const ANALYSIS = {
  timeout: null,
  incubationTimeout: null,
  attackTimeout: null,
  randomSeed: 0,
  maxNFASize: 5000,
};

/** For a busy machine: an analysis takes a second or less when nothing else runs. */
const TIMEOUT_MS = 120_000;

const { literals, built } = regexesOf();

test("every regular expression is a literal, so that it can be checked", () => {
  expect(built, "use a literal, or search for a text with indexOf").toEqual([]);
});

test.each([...literals])(
  "%s is linear",
  (shown, regex) => {
    expect(verdictOf(regex), `${shown} may take quadratic time`).toEqual({ status: "safe", slow: [] });
  },
  TIMEOUT_MS,
);

describe("quadratic expressions are found", () => {
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
