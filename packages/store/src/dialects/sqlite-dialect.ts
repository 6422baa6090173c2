import {
  DummyDriver,
  type Expression,
  Kysely,
  type RawBuilder,
  sql,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { DdlTerms, Dialect, FirstRow } from "../database/dialect.ts";
import type { Tables } from "../database/tables.ts";

const ddl: DdlTerms = {
  identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
  integer: "INTEGER",
  real: "REAL",
  text: "TEXT",
  indexedText: (column) => column,
  table: "STRICT",
  clusteredTable: "STRICT, WITHOUT ROWID",
};

/** SQLite 3.45 or newer, the version that ships with `node:sqlite`. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  builder: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  ddl,
  tableNamesSql: "SELECT name FROM sqlite_master WHERE type = 'table'",
  skipInsertedIds: () => "SELECT 1 WHERE FALSE", // AUTOINCREMENT already takes them into account.
  migrationLockSql: "SELECT 1", // SQLite runs one write at a time anyway.
  lockForUpdate: sql``,
  lockForShare: sql``,
  lockForName: sql``,
  like: (text, pattern) => sql<SqlBool>`${text} GLOB ${globOf(pattern)}`,
  ilike,
  indexedTextEquals: (column, text) => sql<SqlBool>`${column} = ${text}`,
  indexedTextOrder: (column) => [column],
  listOfIntegers: (json) => sql<number>`(SELECT value FROM json_each(${json}))`,
  listOfTexts: (json) => sql<string>`(SELECT value FROM json_each(${json}))`,
  // SQLite does not reorder a CROSS JOIN, https://sqlite.org/optoverview.html#crossjoin.
  joinInOrder: ({ outer, table, on }) => sql`${outer} CROSS JOIN ${sql.table(table)} ON ${on}`,
  firstRowPerMember,
};

/** SQLite's LIKE ignores case; GLOB does not. Brackets escape GLOB's special characters. */
function globOf(likePattern: string): string {
  return likePattern.replaceAll(/[*?[\]%_]/g, (character) => {
    if (character === "%") return "*";
    if (character === "_") return "?";
    return character === "]" ? "]" : `[${character}]`;
  });
}

/** Ignores case of ASCII letters only, like MLflow's server on SQLite. */
function ilike(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${text} LIKE ${pattern}`;
}

/**
 * SQLite has no LATERAL, so this looks up rows by row values. CROSS JOIN fixes the order; starting at the table would
 * scan it.
 */
function firstRowPerMember(lookUp: FirstRow): RawBuilder<unknown> {
  const { members, columns, order = columns, among, where } = lookUp;
  const table = sql.table(lookUp.table);
  return sql`SELECT DISTINCT ${columns} FROM ${members} CROSS JOIN ${table}
    WHERE ${among} AND (${columns}) = (
      SELECT ${columns} FROM ${table} AS found WHERE ${among} AND ${where} ORDER BY ${order} LIMIT 1)
    ORDER BY ${columns}`;
}
