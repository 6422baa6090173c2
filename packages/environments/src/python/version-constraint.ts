/** One clause of a version specifier. `=` means the version and all below it: `=3.8` allows 3.8.18. */
export type VersionConstraint = {
  readonly operator: "=" | "==" | "!=" | ">=" | "<=" | ">" | "<" | "~=";
  /** As written, without a trailing `.*`. */
  readonly version: string;
};

const CLAUSE = /^(?:(?<operator>===?|!=|>=|<=|~=|>|<|=)\s*)?(?<version>\d[\w.!+-]*?)(?<wildcard>\.?\*)?$/;

/**
 * Parses clauses joined by commas, as conda and pip write them; a bare version, and one that ends with `.*`, mean it and
 * all below it. `*` alone allows everything. Undefined for anything else.
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
  return text === "===" ? "==" : (text as VersionConstraint["operator"]); // The pattern lists them.
}

/** Whether a version of numbers and dots meets all constraints. */
export function allowsVersion(constraints: readonly VersionConstraint[], version: string): boolean {
  return constraints.every((constraint) => meets(constraint, version));
}

function meets({ operator, version: bound }: VersionConstraint, version: string): boolean {
  const order = compareVersions(version, bound);
  const isBelow = `${version}.`.startsWith(`${bound}.`);
  switch (operator) {
    case "=":
      return isBelow || order === 0;
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

/** Number by number; what is missing counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** As people write it: `3.8.5`, `>=3.8,<3.11`. */
export function shownConstraints(constraints: readonly VersionConstraint[]): string {
  return constraints
    .map(({ operator, version }) => (operator === "=" ? version : operator + version))
    .join(",");
}

/** As pip and uv take it. */
export function toRequirement(name: string, constraints: readonly VersionConstraint[]): string {
  const clauses = constraints.map(({ operator, version }) =>
    operator === "=" ? `==${version}.*` : operator + version,
  );
  return name + clauses.join(",");
}
