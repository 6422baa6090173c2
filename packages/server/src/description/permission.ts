import type { Access, Creation } from "@flightdeck/protocol";

/** `x-permission` of an operation: who may call it, as it is declared. */
export type Permission = {
  readonly audience: Access["audience"];
  readonly level: Access["level"];
  readonly creates?: Creation | undefined;
  readonly startsPrograms?: true | undefined;
  /** Kinds of things that its request names. */
  readonly resources: readonly string[];
};

/** Who may call it, in English. */
export function whoMayCall(permission: Permission): string {
  const { creates, startsPrograms } = permission;
  return [
    audienceOf(permission),
    ...(creates === undefined ? [] : [`Whoever creates ${withArticle(creates)} may manage it.`]),
    ...(startsPrograms ? [STARTS_PROGRAMS] : []),
  ].join(" ");
}

const STARTS_PROGRAMS =
  "It starts programs as the server's own user, or says what they do; so it needs a token also where other calls need none, unless the operator has opened it.";

function audienceOf({ audience, level, resources }: Permission): string {
  switch (audience) {
    case "anybody":
      return "Anybody may call it, without a token.";
    case "users":
      return level === "CAN_READ"
        ? "Every user may call it, and gets only what they may see."
        : "Every user may call it.";
    case "admins":
      return "Only admins may call it.";
    case "grantees":
      return `Admins may call it, and users who hold ${level} or more on what it acts on${listed(resources)}.`;
  }
}

function listed(resources: readonly string[]): string {
  if (resources.length === 0) return "";
  return ` (${resources.map(words).join(", ")})`;
}

function words(kind: string): string {
  return kind.replaceAll("-", " ");
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${words(kind)}`;
}
