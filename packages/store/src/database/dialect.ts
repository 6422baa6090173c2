import type { Expression, Kysely, RawBuilder, SqlBool } from "kysely";
import type { Tables } from "./tables.ts";

/** Builds queries over the store's tables. */
export type QueryBuilder = Kysely<Tables>;

/**
 * Every difference between the databases. Nothing outside `dialects/` checks which database it runs on.
 * All of them support `insert … on conflict … returning`, partial indexes, row values, window functions, `nulls last`.
 */
export type Dialect = {
  readonly name: "sqlite" | "postgres";
  /** Builds and compiles queries. Never executes them. */
  readonly builder: QueryBuilder;
  /** Column types and table options for migrations. */
  readonly ddl: DdlTerms;
  /** A SELECT that returns the names of all tables in a column `name`. */
  readonly tableNamesSql: string;
  /** SQL that moves a table's id counter past explicitly inserted ids, where the database does not do so itself. */
  skipInsertedIds(table: keyof Tables): string;
  /**
   * A SELECT that stops other processes from migrating until the transaction ends. The first step of a migration. It need
   * not stop writers that use the current schema.
   */
  readonly migrationLockSql: string;
  /**
   * Appended to a SELECT whose rows the transaction goes on to change based on what it read. Other writers of those rows
   * wait, then read again. Empty where writes never overlap.
   */
  readonly lockForUpdate: RawBuilder<unknown>;
  /** Appended to a SELECT whose rows must not change until the transaction ends. Any number of transactions may hold it. */
  readonly lockForShare: RawBuilder<unknown>;
  /** Appended to a SELECT whose rows must not be deleted or renamed until the transaction ends. Other changes are allowed. */
  readonly lockForName: RawBuilder<unknown>;
  /** Case-sensitive `LIKE`: `%` matches any text, `_` one character; there is no escape character. */
  like(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool>;
  /** Case-insensitive `LIKE`. */
  ilike(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool>;
  /** Equality that can use an index made with `ddl.indexedText`. */
  indexedTextEquals(column: Expression<string>, text: string | Expression<string>): RawBuilder<SqlBool>;
  /** Sort expressions for a text column that can use an index made with `ddl.indexedText`. */
  indexedTextOrder(column: RawBuilder<string>): readonly RawBuilder<string>[];
  /** The members of a JSON array bound as one text parameter, so that the SQL is the same for every length. */
  listOfIntegers(json: Expression<string>): RawBuilder<number>;
  listOfTexts(json: Expression<string>): RawBuilder<string>;
  /**
   * A FROM clause that reads the rows of `outer` first and, for each, the matching rows of `table`. The planner may not
   * reorder the join: the caller knows the row counts better than the statistics.
   */
  joinInOrder(join: OrderedJoin): RawBuilder<unknown>;
  /** A SELECT that looks up the first matching row for each member of a list. Returns each row once, in order. */
  firstRowPerMember(lookUp: FirstRow): RawBuilder<unknown>;
};

type OrderedJoin = {
  readonly outer: RawBuilder<unknown>;
  readonly table: string;
  /** Which rows of `table` match a row of `outer`. */
  readonly on: RawBuilder<unknown>;
};

export type FirstRow = {
  /** A subquery with an alias, for the FROM clause. `where` refers to its columns. */
  readonly members: RawBuilder<unknown>;
  readonly table: string;
  /** The selected columns, which also order the result. Together they must be unique. */
  readonly columns: RawBuilder<unknown>;
  /** Decides which matching row comes first. Default: the order of `columns`. */
  readonly order?: RawBuilder<unknown> | undefined;
  /** A condition on the table's columns that holds for every member. */
  readonly among: RawBuilder<unknown>;
  /** The condition that a row must meet for one member. */
  readonly where: RawBuilder<unknown>;
};

export type DdlTerms = {
  /** An auto-incrementing primary key that never reuses a number. */
  readonly identity: string;
  readonly integer: string;
  readonly real: string;
  readonly text: string;
  /** An expression short enough for an index, whatever the text's length. Equality must be checked on the column as well. */
  indexedText(column: string): string;
  /** Table options of a plain table. */
  readonly table: string;
  /** Table options of a table that stores its rows in primary key order. */
  readonly clusteredTable: string;
};
