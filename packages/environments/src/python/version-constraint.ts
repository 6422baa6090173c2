/** One clause of a version specifier. `=` matches by prefix: `=3.8` allows 3.8.18. */
export type VersionConstraint = {
  readonly operator: "=" | "==" | "!=" | ">=" | "<=" | ">" | "<" | "~=";
  /** As written, without a trailing `.*`. */
  readonly version: string;
};

const CLAUSE = /^(?:(?<operator>===?|!=|>=|<=|~=|>|<|=)\s*)?(?<version>\d[\w.!+-]*?)(?<wildcard>\.?\*)?$/;

/**
 * Parses comma-separated clauses in conda's or pip's syntax. A bare version, or one that ends with `.*`, matches by prefix.
 * `*` alone allows everything. Undefined for anything else.
 */
export function parseConstraints(text: string): readonly VersionConstraint[] | undefined {
  if (text.trim() === "" || text.trim() === "*") return [];
  const clauses = text.split(",").map(parseClause);
  return clauses.every((clause) => clause !== undefined) ? clauses : undefined;
}

function parseClause(text: string): VersionConstraint | undefined {
  const { operator = "=", version, wildcard } = CLAUSE.exec(text.trim())?.groups ?? {};
  if (version === undefined) return undefined;
  if (wildcard === undefined) return { operator: operatorOf(operator), version };
  return operator === "=" || operator === "==" ? { operator: "=", version } : undefined;
}

function operatorOf(text: string): VersionConstraint["operator"] {
  return text === "===" ? "==" : (text as VersionConstraint["operator"]); // `CLAUSE` matches no others.
}

/** Whether a version of numbers and dots meets all constraints. */
export function allowsVersion(constraints: readonly VersionConstraint[], version: string): boolean {
  return constraints.every((constraint) => meets(constraint, version));
}

function meets({ operator, version: bound }: VersionConstraint, version: string): boolean {
  const order = compareVersions(version, bound);
  const hasPrefix = `${version}.`.startsWith(`${bound}.`);
  switch (operator) {
    case "=":
      return hasPrefix || order === 0;
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">=":
      return order >= 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case "<":
      return order < 0;
    case "~=":
      return order >= 0 && `${version}.`.startsWith(`${bound.split(".").slice(0, -1).join(".")}.`);
  }
}

/** Compares number by number; missing numbers count as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Formats constraints for people: `3.8.5`, `>=3.8,<3.11`. */
export function shownConstraints(constraints: readonly VersionConstraint[]): string {
  return constraints
    .map(({ operator, version }) => (operator === "=" ? version : operator + version))
    .join(",");
}

/** Formats a requirement for pip and uv. */
export function toRequirement(name: string, constraints: readonly VersionConstraint[]): string {
  const clauses = constraints.map(({ operator, version }) =>
    operator === "=" ? `==${version}.*` : operator + version,
  );
  return name + clauses.join(",");
}
