import type { Expression, RawBuilder, SqlBool } from "kysely";
import type { BulkInsert } from "../database/bulk-insert.ts";
import type { QueryBuilder } from "../database/statement.ts";
import type { Tables } from "../database/tables.ts";
import type { Query } from "../database/work.ts";

/**
 * Every difference between databases. Nothing outside `dialects/` asks which database it is.
 * Common to all: `insert … on conflict … returning`, partial indexes, row values, window functions, `nulls last`.
 */
export type Dialect = {
  readonly name: "sqlite";
  /** Builds and compiles queries; executes nothing. */
  readonly builder: QueryBuilder;
  /** Types and table options for migrations. */
  readonly ddl: DdlTerms;
  /** Names of the tables in the database. */
  tableNames(): Query<{ readonly name: string }>;
  /** SQL that makes a table's counter go on behind ids that were inserted by hand, where it does not by itself. */
  skipInsertedIds(table: keyof Tables): string;
  /** SQL of a bulk insert, to be run once per row. */
  bulkInsertSql(insert: BulkInsert): string;
  /** SQL `LIKE` that tells upper from lower case: `%` any text, `_` one character, no escape. */
  like(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool>;
  /** SQL `LIKE` that does not tell upper from lower case. */
  ilike(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool>;
  /** The members of a JSON array bound as one text, so that the SQL is the same for every length. */
  listOfIntegers(json: Expression<string>): RawBuilder<number>;
  listOfTexts(json: Expression<string>): RawBuilder<string>;
};

export type DdlTerms = {
  /** A primary key that the database counts up, never giving a number twice. */
  readonly identity: string;
  readonly integer: string;
  readonly real: string;
  readonly text: string;
  /** An expression that fits an index whatever the text's length; equality on it must be checked on the column too. */
  indexedText(column: string): string;
  /** Closes a plain table. */
  readonly table: string;
  /** Closes a table whose rows lie in the order of their primary key. */
  readonly clusteredTable: string;
};
