import { assert } from "@flightdeck/core";
import type { ClientBase, QueryResult } from "pg";
import { type BulkInsert, onConflictSql } from "../database/bulk-insert.ts";
import type { BulkInsertStep, Step, Work } from "../database/work.ts";
import { postgresDialect } from "./postgres-dialect.ts";

type Statement = {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
};

/**
 * One transaction on one connection. Statements are pipelined, so a transaction costs one round trip per query whose answer
 * is needed rather than one per statement: BEGIN travels with the first query, inserts with COMMIT. PostgreSQL answers in
 * order, and after a failed statement it refuses all that follow, including COMMIT.
 */
export class PostgresTransaction {
  readonly #client: ClientBase;
  readonly #names: StatementNames;
  #failure: unknown;

  constructor(client: ClientBase, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  /** The first error that the database reported, or undefined. */
  get failure(): unknown {
    return this.#failure;
  }

  begin(text: string): void {
    this.#send({ text });
  }

  async execute<T>(work: Work<T>): Promise<T> {
    let step = work.next([]);
    while (step.done !== true) step = work.next(await this.#perform(step.value));
    return step.value;
  }

  /** Rejects when any statement of the transaction has failed. */
  async commit(): Promise<void> {
    await this.#answer({ text: "COMMIT" });
    if (this.#failure !== undefined) throw this.#failure;
  }

  async rollback(): Promise<void> {
    await this.#client.query("ROLLBACK");
  }

  async #perform(step: Step): Promise<readonly unknown[]> {
    const statement = this.#statementOf(step);
    if (step.kind === "query") return (await this.#answer(statement)).rows;
    this.#send(statement);
    return [];
  }

  #statementOf(step: Step): Statement {
    if (step.kind === "bulk-insert") {
      const { sql, parameters } = postgresBulkInsert(step);
      return { text: sql, values: parameters, name: this.#names.of(sql) };
    }
    const { sql, parameters } = step.compile(postgresDialect);
    return { text: sql, values: parameters, name: step.isFixed ? this.#names.of(sql) : undefined };
  }

  #send(statement: Statement): void {
    this.#query(statement).catch((error: unknown) => (this.#failure ??= error));
  }

  async #answer(statement: Statement): Promise<QueryResult> {
    try {
      return await this.#query(statement);
    } catch (error) {
      this.#failure ??= error; // Statements fail in the order in which they were sent.
      throw this.#failure;
    }
  }

  #query({ text, values, name }: Statement): Promise<QueryResult> {
    return this.#client.query({
      text,
      ...(values !== undefined && { values: [...values] }),
      ...(name !== undefined && { name }),
    });
  }
}

/** Short names for prepared statements, the same on every connection. */
export class StatementNames {
  readonly #names = new Map<string, string>();

  of(sql: string): string {
    const known = this.#names.get(sql);
    if (known !== undefined) return known;
    const name = `flightdeck_${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }
}

/**
 * A bulk insert as one statement over arrays, one per column. The SQL is the same for every number of rows. Rows are sorted
 * by the conflict key, so that two writers lock the rows they share in the same order.
 */
export function postgresBulkInsert({ insert, rows }: Pick<BulkInsertStep, "insert" | "rows">): {
  readonly sql: string;
  readonly parameters: readonly string[];
} {
  const filled = insert.columns.flatMap(
    (name, index) =>
      columnOf(
        name,
        rows.map((row) => row[index]),
      ) ?? [],
  );
  return { sql: insertSql(insert, filled), parameters: filled.map(({ literal }) => literal) };
}

type Column = { readonly name: string; readonly type: ArrayType; readonly literal: string };
/** Numbers are sent as doubles, which can represent every JavaScript number, and converted to the column's type. */
type ArrayType = "double precision[]" | "text[]";

function insertSql(insert: BulkInsert, filled: readonly Column[]): string {
  const names = filled.map(({ name }) => name);
  const selected = insert.columns.map((name) => (names.includes(name) ? name : "NULL"));
  const arrays = filled.map(({ type }, index) => `$${index + 1}::${type}`);
  const target = insert.onConflict?.target ?? [];
  return `INSERT INTO ${insert.into} (${insert.columns.join(", ")})
    SELECT ${selected.join(", ")} FROM unnest(${arrays.join(", ")}) AS new_rows (${names.join(", ")})
    ORDER BY ${(target.length > 0 ? target : names).join(", ")}${onConflictSql(insert)}`;
}

/** Undefined for a column that is null in every row. */
function columnOf(name: string, values: readonly unknown[]): Column | undefined {
  const sample = values.find((value) => value !== null);
  if (sample === undefined) return undefined;
  const type: ArrayType = typeof sample === "number" ? "double precision[]" : "text[]";
  return { name, type, literal: `{${values.map(element).join(",")}}` };
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function element(value: unknown): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  assert(typeof value === "string", "columns hold numbers and texts only");
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}
