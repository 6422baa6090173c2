import type { ClientBase, QueryResult } from "pg";
import type { Step, Work } from "../database/work.ts";
import { postgresBulkInsert } from "./postgres-bulk-insert.ts";
import { postgresDialect } from "./postgres-dialect.ts";

type Statement = { readonly text: string; readonly values?: readonly unknown[]; readonly name?: string };

/**
 * One transaction on one connection. The connection sends without waiting for answers, so that a transaction costs a
 * journey per question whose answer is needed, not one per statement: BEGIN travels with the first question, and inserts
 * with COMMIT. PostgreSQL answers in order, and after a failed statement it refuses all that follow, COMMIT too.
 */
export class PostgresTransaction {
  readonly #client: ClientBase;
  readonly #names: StatementNames;
  #failure: unknown;

  constructor(client: ClientBase, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  /** What the database has first complained of, if it has. */
  get failure(): unknown {
    return this.#failure;
  }

  begin(text: string): void {
    this.#send({ text });
  }

  async run<T>(work: Work<T>): Promise<T> {
    let step = work.next([]);
    while (step.done !== true) step = work.next(await this.#perform(step.value));
    return step.value;
  }

  /** Rejects when anything has failed that was sent before. */
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
    return { text: sql, values: parameters, ...(step.isFixed && { name: this.#names.of(sql) }) };
  }

  #send(statement: Statement): void {
    this.#query(statement).catch((error: unknown) => (this.#failure ??= error));
  }

  async #answer(statement: Statement): Promise<QueryResult> {
    try {
      return await this.#query(statement);
    } catch (error) {
      this.#failure ??= error; // One that was sent before fails before.
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

/** Short names for statements that are worth being prepared, the same on every connection. */
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
