import {
  DummyDriver,
  type Expression,
  Kysely,
  type RawBuilder,
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqlBool,
} from "kysely";
import type { BulkInsert } from "../database/bulk-insert.ts";
import type { Tables } from "../database/tables.ts";
import type { DdlTerms, Dialect } from "./dialect.ts";

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
  tableNames: () => ({
    kind: "query",
    compile: () => ({ sql: "SELECT name FROM sqlite_master WHERE type = 'table'", parameters: [] }),
  }),
  skipInsertedIds: () => "SELECT 1 WHERE FALSE", // AUTOINCREMENT counts them.
  bulkInsertSql,
  like: (text, pattern) => sql<SqlBool>`${text} GLOB ${globOf(pattern)}`,
  ilike,
  listOfIntegers: (json) => sql<number>`(SELECT value FROM json_each(${json}))`,
  listOfTexts: (json) => sql<string>`(SELECT value FROM json_each(${json}))`,
};

function bulkInsertSql({ into, columns, onConflict }: BulkInsert): string {
  const insert = `INSERT INTO ${into} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  if (onConflict === undefined) return insert;
  const { target, update, where } = onConflict;
  const conflict = `${insert} ON CONFLICT${target.length > 0 ? ` (${target.join(", ")})` : ""} DO`;
  if (update.length === 0) return `${conflict} NOTHING`;
  const assignments = update.map((column) => `${column} = excluded.${column}`).join(", ");
  return `${conflict} UPDATE SET ${assignments}${where === undefined ? "" : ` WHERE ${where}`}`;
}

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
