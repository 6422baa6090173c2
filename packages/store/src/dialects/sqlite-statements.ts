import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { BulkInsert } from "../database/bulk-insert.ts";
import { onConflictSql } from "./on-conflict.ts";

/** Shapes of searches differ without end; a few hundred are those that a page asks for again and again. */
const SEARCHES_MAX = 400;

/** Statements prepared once: to prepare one costs ten times what it costs to run. */
export class SqliteStatements {
  readonly #connection: DatabaseSync;
  readonly #fixed = new Map<string, StatementSync>();
  readonly #inserts = new WeakMap<BulkInsert, StatementSync>();
  /** Least recently used first. */
  readonly #searches = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** For SQL that the program holds, of which there are about a hundred. */
  fixed(sql: string): StatementSync {
    const known = this.#fixed.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#fixed.set(sql, statement);
    return statement;
  }

  /** Inserts one row. */
  insert(insert: BulkInsert): StatementSync {
    const known = this.#inserts.get(insert);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(insertSql(insert));
    this.#inserts.set(insert, statement);
    return statement;
  }

  /** For SQL that a request has shaped. */
  search(sql: string): StatementSync {
    const statement = this.#searches.get(sql) ?? this.#connection.prepare(sql);
    this.#searches.delete(sql);
    this.#searches.set(sql, statement);
    const [oldest] = this.#searches.size > SEARCHES_MAX ? this.#searches.keys() : [];
    if (oldest !== undefined) this.#searches.delete(oldest);
    return statement;
  }
}

function insertSql(insert: BulkInsert): string {
  const { into, columns } = insert;
  const row = columns.map(() => "?").join(", ");
  return `INSERT INTO ${into} (${columns.join(", ")}) VALUES (${row})${onConflictSql(insert)}`;
}
