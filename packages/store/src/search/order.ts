import { type Expression, type RawBuilder, sql, type SqlBool } from "kysely";
import type { PagePosition } from "./page.ts";

/** One expression of an ORDER BY. Never null: a nullable value gets a preceding term that ranks nulls. */
export type OrderTerm = {
  readonly expression: Expression<string | number>;
  readonly isAscending: boolean;
};

/** Sorts nulls last in either direction, as MLflow does. `whenNull` replaces null so that the term has a value. */
export function nullsLast(
  expression: Expression<string | number | null>,
  isAscending: boolean,
  whenNull: string | number,
): readonly OrderTerm[] {
  return [
    { expression: sql<number>`CASE WHEN ${expression} IS NULL THEN 1 ELSE 0 END`, isAscending: true },
    { expression: sql<string | number>`coalesce(${expression}, ${sql.lit(whenNull)})`, isAscending },
  ];
}

export function orderBySql(terms: readonly OrderTerm[]): RawBuilder<unknown> {
  return sql.join(
    terms.map(({ expression, isAscending }) => sql`${expression} ${sql.raw(isAscending ? "ASC" : "DESC")}`),
  );
}

/** Selects the terms as columns: the last row's values are the position where the next page begins. */
export function positionColumns(terms: readonly OrderTerm[]): RawBuilder<unknown>[] {
  return terms.map(({ expression }, index) => sql`${expression} AS ${sql.ref(positionColumn(index))}`);
}

export function positionOf(row: object, terms: readonly OrderTerm[]): PagePosition {
  // The columns were selected by `positionColumns`.
  const values = row as Readonly<Record<string, string | number>>;
  return terms.map((_, index) => values[positionColumn(index)] ?? null);
}

/** Selects the rows after a position in the order of the terms. */
export function afterSql(terms: readonly OrderTerm[], position: PagePosition): RawBuilder<SqlBool> {
  const alternatives = terms.map((term, index) => {
    const equals = terms
      .slice(0, index)
      .map(({ expression }, before) => sql`${expression} = ${position[before]}`);
    return sql`(${sql.join([...equals, beyond(term, position[index])], sql` AND `)})`;
  });
  const [first] = terms;
  if (first === undefined) return sql`1 = 0`;
  // Redundant, but in a form that lets an index scan start at the position.
  const start = sql`${first.expression} ${sql.raw(first.isAscending ? ">=" : "<=")} ${position[0]}`;
  return sql`${start} AND (${sql.join(alternatives, sql` OR `)})`;
}

function beyond(
  { expression, isAscending }: OrderTerm,
  value: PagePosition[number] | undefined,
): RawBuilder<unknown> {
  return sql`${expression} ${sql.raw(isAscending ? ">" : "<")} ${value}`;
}

function positionColumn(index: number): string {
  return `position_${index}`;
}
