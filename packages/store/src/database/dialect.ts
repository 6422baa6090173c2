import type { Expression, Kysely, RawBuilder, SqlBool } from "kysely";
import type { Tables } from "./tables.ts";

/** Builds queries over the store's tables. */
export type QueryBuilder = Kysely<Tables>;

/**
 * Every difference between databases. Nothing outside `dialects/` asks which database it is.
 * Common to all: `insert … on conflict … returning`, partial indexes, row values, window functions, `nulls last`.
 */
export type Dialect = {
  readonly name: "sqlite" | "postgres";
  /** Builds and compiles queries; executes nothing. */
  readonly builder: QueryBuilder;
  /** Types and table options for migrations. */
  readonly ddl: DdlTerms;
  /** A SELECT of the names of the database's tables, in a column `name`. */
  readonly tableNamesSql: string;
  /** SQL that makes a table's counter go on behind ids that were inserted by hand, where it does not by itself. */
  skipInsertedIds(table: keyof Tables): string;
  /**
   * A SELECT that keeps other processes from migrating until the transaction ends; the first step of a migration. Other
   * writers of today's schema need not be kept out.
   */
  readonly migrationLockSql: string;
  /**
   * Ends a SELECT whose rows the transaction then changes on the ground of what it read: whoever else would change them
   * waits, and then reads anew. Nothing where writes run one after another.
   */
  readonly lockForUpdate: RawBuilder<unknown>;
  /** Ends a SELECT whose rows must stay as they are until the transaction ends. Any number may hold it at once. */
  readonly lockForShare: RawBuilder<unknown>;
  /** Ends a SELECT of rows that nobody may delete or rename until the transaction ends; all else of them may change. */
  readonly lockForName: RawBuilder<unknown>;
  /** SQL `LIKE` that tells upper from lower case: `%` any text, `_` one character, no escape. */
  like(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool>;
  /** SQL `LIKE` that does not tell upper from lower case. */
  ilike(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool>;
  /** Equality that the index made with `ddl.indexedText` can serve. */
  indexedTextEquals(column: Expression<string>, text: string | Expression<string>): RawBuilder<SqlBool>;
  /** By what to sort a text, so that the index made with `ddl.indexedText` can give the order. */
  indexedTextOrder(column: RawBuilder<string>): readonly RawBuilder<string>[];
  /** The members of a JSON array bound as one text, so that the SQL is the same for every length. */
  listOfIntegers(json: Expression<string>): RawBuilder<number>;
  listOfTexts(json: Expression<string>): RawBuilder<string>;
  /**
   * What follows FROM: first the rows of `outer`, then for each those of `table` that fit. The order is the caller's, who
   * knows how many there are; planners that would choose it from statistics are kept from it.
   */
  joinInOrder(join: OrderedJoin): RawBuilder<unknown>;
  /** A SELECT that looks up, for each member of a list, the first row that fits; each row once, in order. */
  firstRowPerMember(lookUp: FirstRow): RawBuilder<unknown>;
};

type OrderedJoin = {
  readonly outer: RawBuilder<unknown>;
  readonly table: string;
  /** Which rows of `table` fit a row of `outer`. */
  readonly on: RawBuilder<unknown>;
};

export type FirstRow = {
  /** Of `listOfIntegers` or `listOfTexts`. */
  readonly members: RawBuilder<unknown>;
  /** The name by which `where` speaks of the member. */
  readonly member: string;
  readonly table: string;
  /** What is selected, and the order that tells which row is first. No two rows share all of them. */
  readonly columns: RawBuilder<unknown>;
  /** Which rows come into question for any member, over the table's columns. */
  readonly among: RawBuilder<unknown>;
  /** Which of those fit the member. */
  readonly where: RawBuilder<unknown>;
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
