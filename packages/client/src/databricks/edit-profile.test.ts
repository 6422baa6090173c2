import fc from "fast-check";
import { expect, test } from "vitest";
import { editProfile, parseIni } from "./profiles.ts";

const FILE = `# mine
[DEFAULT]
host = https://a
Token: old
username = me

[lab]
; kept
token = lab
`;

test("only the keys of the profile change", () => {
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

test("a new profile is added at the end", () => {
  expect(editProfile("", { profile: "p", fields: { host: "h" } })).toBe("[p]\nhost = h\n");
  expect(editProfile("[a]\nhost = x", { profile: "p", fields: { host: "h" } })).toBe(
    "[a]\nhost = x\n\n[p]\nhost = h\n",
  );
});

test.each([
  [{ profile: "a]\n[b", fields: {} }, "a profile name must be a single line"],
  [{ profile: "__settings__", fields: {} }, "a profile name must be a single line"],
  [{ profile: "p", fields: { token: "secret\n[other]" } }, "token must be a single line"],
  [{ profile: "p", fields: { token: "" } }, "token must be a single line"],
])("%o is refused", (edit, message) => {
  expect(() => editProfile(FILE, edit)).toThrow(message);
  expect(() => editProfile(FILE, edit)).not.toThrow("secret");
});

test("the new values are read back, and other profiles are unchanged", () => {
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
