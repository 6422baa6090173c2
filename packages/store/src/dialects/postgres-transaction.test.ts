import { expect, test } from "vitest";
import { bulkInsert } from "../database/bulk-insert.ts";
import { postgresBulkInsert } from "./postgres-transaction.ts";

const INSERT = bulkInsert("tags", ["run_id", "key_id", "value"], {
  target: ["run_id", "key_id"],
  update: ["value"],
});

function flat(sql: string): string {
  return sql.replaceAll(/\s+/g, " ");
}

test("is one statement over arrays, sorted by the key", () => {
  const { sql, parameters } = postgresBulkInsert({
    insert: INSERT,
    rows: [
      [1, 2, 'a "quoted" \\ text'],
      [1, 3, "NULL"],
    ],
  });
  expect(flat(sql)).toBe(
    "INSERT INTO tags (run_id, key_id, value) SELECT run_id, key_id, value FROM unnest($1::double precision[], $2::double precision[], $3::text[]) AS new_rows (run_id, key_id, value) ORDER BY run_id, key_id ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value",
  );
  expect(parameters).toEqual(["{1,1}", "{2,3}", String.raw`{"a \"quoted\" \\ text","NULL"}`]);
});

test("keeps every number, and what is absent", () => {
  const insert = bulkInsert("runs", ["id", "end_time_ms", "deleted_time_ms"]);
  const rows = [
    [1, null, null],
    [2, Infinity, null],
    [3, 5e-324, null],
  ];
  const { sql, parameters } = postgresBulkInsert({ insert, rows });
  expect(flat(sql)).toContain("SELECT id, end_time_ms, NULL FROM unnest($1::double precision[], $2::double");
  expect(parameters).toEqual(["{1,2,3}", "{NULL,Infinity,5e-324}"]);
});
