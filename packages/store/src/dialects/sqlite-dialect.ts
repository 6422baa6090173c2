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

/** SQLite 3.45 or newer, as `node:sqlite` brings it. */
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
  skipInsertedIds: () => "SELECT 1 WHERE FALSE", // AUTOINCREMENT counts them.
  migrationLockSql: "SELECT 1", // A write is alone in any case.
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

/** SQLite's own LIKE does not tell case apart; GLOB does. Its special characters lose their meaning in brackets. */
function globOf(likePattern: string): string {
  return likePattern.replaceAll(/[*?[\]%_]/g, (character) => {
    if (character === "%") return "*";
    if (character === "_") return "?";
    return character === "]" ? "]" : `[${character}]`;
  });
}

/** ASCII letters only, as in the stock server on SQLite. */
function ilike(text: Expression<string | null>, pattern: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${text} LIKE ${pattern}`;
}

/** Without LATERAL, but with look-ups by row values. The join is in order: from the table, it would read all of it. */
function firstRowPerMember(lookUp: FirstRow): RawBuilder<unknown> {
  const { members, member, columns, among, where } = lookUp;
  const table = sql.table(lookUp.table);
  return sql`SELECT DISTINCT ${columns} FROM (SELECT value AS ${sql.ref(member)} FROM ${members} AS list) CROSS JOIN ${table}
    WHERE ${among} AND (${columns}) = (
      SELECT ${columns} FROM ${table} AS found WHERE ${among} AND ${where} ORDER BY ${columns} LIMIT 1)
    ORDER BY ${columns}`;
}
