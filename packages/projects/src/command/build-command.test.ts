import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { buildCommand } from "./build-command.ts";

function build(
  command: string,
  values: Record<string, string> = {},
  extra: Record<string, string> = {},
): string {
  const declared = new Map(Object.entries(values));
  return buildCommand(
    { name: "main", parameters: [], command },
    { declared, extra: new Map(Object.entries(extra)) },
  );
}

const bash = (command: string): string => execFileSync("bash", ["-c", command], { encoding: "utf8" });

test("substitutes declared values and appends extra ones", () => {
  expect(build("python train.py {fpath}\n", { fpath: "a b" }, { algo: "tpe", "conda-env": "x;y" })).toBe(
    "python train.py 'a b' --algo tpe --conda-env 'x;y'",
  );
  expect(build("python train.py {fpath}", { fpath: "a b" }, { algo: "tpe" })).toBe(
    "python train.py 'a b' --algo tpe",
  );
  expect(build("awk '{{print}}' {n}", { n: "1" })).toBe("awk '{print}' 1");
});

/** Each prints just the value, from a different quoting context. */
const PLACES = [
  "printf %s {x}",
  'printf %s "{x}"',
  "printf %s '{x}'",
  'printf "%s" "$(printf %s "{x}")"',
  "(printf %s {x})",
  'printf %s ""{x}""',
  "# it's a comment \" about {x}\nprintf %s {x}",
  "a=`printf %s b`; printf %s {x}",
  'y="${{HOME:-"none"}}"; printf %s "{x}"',
  "true \\\n  && printf %s {x}",
  "cat <<< {x} | head -c -1",
];

test.each(PLACES)("%j: any value stays text", (template) => {
  const character = fc.constantFrom(...Array.from("$`'\"\\;&|<>(){}[]*?!#~ \n\tab1é"));
  const values = fc.array(fc.string({ unit: character, maxLength: 12 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(values, (texts) => {
      const script = texts.map((text) => `( ${build(template, { x: text })}\n); printf '\\1'`).join("\n");
      // Command substitution strips trailing newlines.
      const expected = template.includes("$(printf") ? texts.map((text) => text.replace(/\n+$/, "")) : texts;
      expect(bash(script).split("\u0001").slice(0, -1)).toEqual(expected);
    }),
    { numRuns: 5 },
  );
});

test("known injection attacks stay text", () => {
  const attack = "'; touch /tmp/owned; $(touch /tmp/owned) `touch /tmp/owned` \"";
  for (const template of PLACES)
    expect(bash(build(template, { x: attack })).trimEnd()).toBe(attack.trimEnd());
  const appended = build("printf '%s|'", {}, { "a;b": attack });
  expect(bash(appended)).toBe(`--a;b|${attack}|`);
});

test.each([
  "echo `echo {x}`",
  "echo ${x}",
  'echo "${x}"',
  "echo \\{x}",
  "echo $'{x}'",
  "echo $(( {x} + 1 ))",
  "(( {x} ))",
  "echo ${{y:-{x}}}",
  "cat <<EOF\n{x}\nEOF",
])("rejects %j, which would evaluate a value as code", (template) => {
  expect(() => build(template, { x: "1" })).toThrow("would evaluate its value as code");
});

test("rejects an undeclared parameter and an unmatched brace", () => {
  expect(() => build("echo {y}", { x: "1" })).toThrow('uses the parameter "y", but it declares x');
  expect(() => build("awk '{print $1}'")).toThrow('uses the parameter "print $1", but it declares none');
  expect(() => build("echo }")).toThrow("unmatched brace");
});
