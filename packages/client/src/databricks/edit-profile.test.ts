import fc from "fast-check";
import { expect, test } from "vitest";
import { editProfile } from "./edit-profile.ts";
import { parseIni } from "./parse-ini.ts";

const FILE = `# mine
[DEFAULT]
host = https://a
Token: old
username = me

[lab]
; kept
token = lab
`;

test("the keys of one profile change, and nothing else", () => {
  const fields = { host: "http://b", token: "new", username: undefined };
  expect(editProfile(FILE, { profile: "DEFAULT", fields })).toBe(`# mine
[DEFAULT]
host = http://b
token = new

[lab]
; kept
token = lab
`);
});

test("a new profile comes last", () => {
  expect(editProfile("", { profile: "p", fields: { host: "h" } })).toBe("[p]\nhost = h\n");
  expect(editProfile("[a]\nhost = x", { profile: "p", fields: { host: "h" } })).toBe(
    "[a]\nhost = x\n\n[p]\nhost = h\n",
  );
});

test.each([
  [{ profile: "a]\n[b", fields: {} }, "a profile's name is a line"],
  [{ profile: "__settings__", fields: {} }, "a profile's name is a line"],
  [{ profile: "p", fields: { token: "secret\n[other]" } }, "token must be one line of text"],
  [{ profile: "p", fields: { token: "" } }, "token must be one line of text"],
])("%o is refused", (edit, message) => {
  expect(() => editProfile(FILE, edit)).toThrow(message);
  expect(() => editProfile(FILE, edit)).not.toThrow("secret");
});

test("what was set is read, and other profiles read as before", () => {
  const name = fc.constantFrom("DEFAULT", "lab", "new one");
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  const line = fc.oneof(
    fc.constantFrom("[DEFAULT]", "[lab]", "# c", "", "host = h", "TOKEN:t", " user = u "),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line), name, value, (lines, profile, token) => {
      const text = lines.join("\n");
      const edited = parseIni(editProfile(text, { profile, fields: { token, host: undefined } }));
      expect(edited.get(profile)?.get("token")).toBe(token);
      expect(edited.get(profile)?.has("host")).toBe(false);
      for (const [other, fields] of parseIni(text)) {
        if (other !== profile) expect(edited.get(other)).toEqual(fields);
      }
    }),
  );
});
