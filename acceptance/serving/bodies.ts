/** A request to try on both servers. */
export type TriedBody = { readonly name: string; readonly contentType: string; readonly body: string };

const JSON_TYPE = "application/json";

function json(name: string, body: unknown, contentType = JSON_TYPE): TriedBody {
  return { name, contentType, body: typeof body === "string" ? body : JSON.stringify(body) };
}

/** Ways to write a cell in a request, tried for each column and each format. */
const CELLS: readonly (readonly [string, string])[] = [
  ["a whole number", "3"],
  ["a float", "3.5"],
  ["a float that is whole", "3.0"],
  ["an exponent", "1e2"],
  ["a negative", "-1"],
  ["zero", "0"],
  ["a large whole number", "9007199254740993"],
  ["beyond 64 bits", "123456789012345678901234567890"],
  ["a text of digits", '"3"'],
  ["a text of a float", '"3.5"'],
  ["a text", '"x"'],
  ["an empty text", '""'],
  ["true", "true"],
  ["null", "null"],
  ["a list", "[1]"],
  ["an object", '{"x": 1}'],
  ["NaN", "NaN"],
  ["Infinity", "Infinity"],
];

/** Bodies for a model with the numeric columns a, b and c. */
export function tableBodies(): readonly TriedBody[] {
  return [...formBodies(), ...cellBodies(), ...columnBodies(), ...malformedBodies(), ...headerBodies()];
}

function formBodies(): readonly TriedBody[] {
  const columns = ["a", "b", "c"];
  const data = [
    [0.5, 3, 1.25],
    [2, 9, 0.5],
  ];
  const records = data.map(([a, b, c]) => ({ a, b, c }));
  const lists = { a: [0.5, 2], b: [3, 9], c: [1.25, 0.5] };
  return [
    json("split", { dataframe_split: { columns, data } }),
    json("split with an index", { dataframe_split: { index: [7, 8], columns, data } }),
    json("split with an index of another length", { dataframe_split: { index: [7], columns, data } }),
    json("split without columns", { dataframe_split: { data } }),
    json("split without data", { dataframe_split: { columns } }),
    json("split with another key", { dataframe_split: { columns, data, rows: 2 } }),
    json("split that is a list", { dataframe_split: data }),
    json("split that is null", { dataframe_split: null }),
    json("split without rows", { dataframe_split: { columns, data: [] } }),
    json("split of a ragged row", {
      dataframe_split: {
        columns,
        data: [
          [1, 2, 3],
          [1, 2],
        ],
      },
    }),
    json("split of a long row", { dataframe_split: { columns, data: [[1, 2, 3, 4]] } }),
    json("split of rows that are objects", { dataframe_split: { columns, data: records } }),
    json("split with a column twice", { dataframe_split: { columns: ["a", "a", "c"], data } }),
    json("split with numbers for names", { dataframe_split: { columns: [1, 2, 3], data } }),
    json("records", { dataframe_records: records }),
    json("records in another order", { dataframe_records: [{ c: 1, b: 2, a: 3 }] }),
    json("no records", { dataframe_records: [] }),
    json("records that are an object", { dataframe_records: lists }),
    json("records that are a text", { dataframe_records: "a" }),
    json("records that are lists", { dataframe_records: data }),
    json("records that lack a key", {
      dataframe_records: [
        { a: 1, b: 2, c: 3 },
        { a: 1, c: 3 },
      ],
    }),
    json("instances of objects", { instances: records }),
    json("instances of lists", { instances: data }),
    json("no instances", { instances: [] }),
    json("instances of columns", { instances: lists }),
    json("instances that lack a key", {
      instances: [
        { a: 1, b: 2, c: 3 },
        { a: 1, c: 3 },
      ],
    }),
    json("inputs of columns", { inputs: lists }),
    json("inputs of columns of other lengths", { inputs: { ...lists, a: [1] } }),
    json("inputs of lists", { inputs: data }),
    json("inputs of objects", { inputs: records }),
    json("inputs of scalars by column", { inputs: { a: 0.5, b: 3, c: 1.5 } }),
    json("inputs that are a number", { inputs: 3 }),
    json("inputs that are null", { inputs: null }),
    json("params beside", { dataframe_split: { columns, data }, params: { scale: 1 } }),
    json("params that are a list", { dataframe_split: { columns, data }, params: [1] }),
    json("another key beside", { dataframe_split: { columns, data }, extra: 1 }),
    json("another key beside instances", { instances: data, extra: 1 }),
    json("two forms", { dataframe_split: { columns, data }, inputs: lists }),
    json("signature_name", { signature_name: "x", inputs: lists }),
  ];
}

/** Each way to write a cell, for each type of column, as a table and as columns. */
function cellBodies(): readonly TriedBody[] {
  return CELLS.flatMap(([name, cell]) => {
    const place = (column: string, good: string): Record<string, string> => ({
      a: "0.5",
      b: "3",
      c: "1.25",
      [column]: good,
    });
    return ["a", "b", "c"].flatMap((column) => {
      const cells = place(column, cell);
      const row = `[${Object.values(cells).join(", ")}]`;
      const good = "[0.5, 3, 1.25]";
      const lists = Object.entries(cells).map(([key, value]) => `"${key}": [${value}]`);
      return [
        json(
          `split: ${name} in ${column}`,
          `{"dataframe_split": {"columns": ["a", "b", "c"], "data": [${row}]}}`,
        ),
        json(
          `split: ${name} in ${column}, second row`,
          `{"dataframe_split": {"columns": ["a", "b", "c"], "data": [${good}, ${row}]}}`,
        ),
        json(`inputs: ${name} in ${column}`, `{"inputs": {${lists.join(", ")}}}`),
      ];
    });
  });
}

function columnBodies(): readonly TriedBody[] {
  const split = (name: string, columns: string[], row: unknown[]): TriedBody =>
    json(name, { dataframe_split: { columns, data: [row] } });
  return [
    split("a column is missing", ["a", "b"], [1, 2]),
    split("all columns are missing", [], []),
    split("a column more", ["a", "b", "c", "d"], [0.5, 2, 3, 4]),
    split("a column more that is a text", ["d", "a", "b", "c"], ["x", 0.5, 2, 3]),
    split("one missing and one more", ["a", "b", "d"], [0.5, 2, 3]),
    split("another order", ["c", "a", "b"], [1.5, 0.5, 7]),
    split("other names", ["A", "B", "C"], [1, 2, 3]),
  ];
}

function malformedBodies(): readonly TriedBody[] {
  return [
    json("nothing", ""),
    json("half a JSON", '{"dataframe_split": {"columns"'),
    json("a list", "[1]"),
    json("a number", "3"),
    json("a text", '"x"'),
    json("null", "null"),
    json("an empty object", "{}"),
    json("the bare table of MLflow 1", { columns: ["a", "b", "c"], data: [[1, 2, 3]] }),
    json("a trailing comma", '{"inputs": [1,]}'),
    json("two values", "{} {}"),
    json("a key twice", '{"inputs": [[1, 2, 3]], "inputs": [[0.5, 2, 3]]}'),
  ];
}

function headerBodies(): readonly TriedBody[] {
  const good = { dataframe_split: { columns: ["a", "b", "c"], data: [[0.5, 2, 3]] } };
  const csv = (name: string, body: string): TriedBody => ({
    name: `CSV: ${name}`,
    contentType: "text/csv",
    body,
  });
  return [
    json("charset", good, "application/json; charset=utf-8"),
    json("another charset", good, "application/json; charset=latin-1"),
    json("an unknown parameter", good, "application/json; version=1"),
    json("text/plain", good, "text/plain"),
    json("no type", good, "x"),
    csv("a table", "a,b,c\n0.5,3,1.25\n2,9,0.5\n"),
    csv("another order", "c,b,a\n0.5,3,1.25\n"),
    csv("a column more", "a,b,c,d\n0.5,3,1.25,x\n"),
    csv("a column missing", "a,b\n0.5,3\n"),
    csv("a text", "a,b,c\nx,3,1.25\n"),
    csv("a float for a whole number", "a,b,c\n1,3.5,1.25\n"),
    csv("an empty cell", "a,b,c\n,3,1.25\n"),
    csv("an empty cell for a whole number", "a,b,c\n1,,1.25\n"),
    csv("whole numbers for floats", "a,b,c\n1,3,1\n"),
    csv("no rows", "a,b,c\n"),
    csv("nothing", ""),
    csv("a long row", "a,b,c\n1,2,3,4\n1,2,3\n"),
    csv("a quote that is not closed", 'a,b,c\n"1,2,3\n'),
    csv("quoted numbers", 'a,b,c\n"1","2","3"\n'),
  ];
}

/** Bodies for the model `describe` in `save_models.py`: text, date, binary, boolean, integer, and parameters. */
export function valueBodies(): readonly TriedBody[] {
  const columns = ["text", "when", "bytes", "flag", "count"];
  const row = ["x", "2026-11-29T06:24:00", "aGVsbG8=", true, 3];
  const split = (name: string, cells: readonly unknown[], params?: unknown): TriedBody =>
    json(name, { dataframe_split: { columns, data: [cells] }, params });
  return [
    split("all", row),
    split("a date with a zone", ["x", "2026-11-29T06:24:00+02:00", "aGVsbG8=", true, 3]),
    split("a date alone", ["x", "2026-11-29", "aGVsbG8=", false, 3]),
    split("a number for a date", ["x", 1_795_500_435, "aGVsbG8=", false, 3]),
    split("no date", ["x", "soon", "aGVsbG8=", false, 3]),
    split("no base64", ["x", "2026-11-29", "%", false, 3]),
    split("a number for binary", ["x", "2026-11-29", 3, false, 3]),
    split("a number for text", [3, "2026-11-29", "aGVsbG8=", false, 3]),
    split("missing values", ["x", null, "aGVsbG8=", null, 3]),
    split("a parameter", row, { scale: 3 }),
    split("a list of texts", row, { names: ["a", "b"] }),
    split("a parameter of the wrong type", row, { scale: "much" }),
    split("a parameter that is unknown", row, { size: 1 }),
    split("parameters that are a list", row, [1]),
    json("the required column alone", { dataframe_records: [{ text: "x" }] }),
    json("instances", { instances: [{ text: "x", count: 3 }] }),
    json("CSV", "text,when,flag,count\nx,2026-11-29,True,3\n", "text/csv"),
    json("chat messages", { messages: [{ role: "user", content: "hello" }] }),
  ];
}

/** Bodies for the model `tensor` in `save_models.py`: an array of doubles, rows × 2. */
export function tensorBodies(): readonly TriedBody[] {
  return [
    json("instances", {
      instances: [
        [1, 2],
        [3, 4.5],
      ],
    }),
    json("inputs", { inputs: [[1, 2]] }),
    json("another width", { inputs: [[1, 2, 3]] }),
    json("one dimension", { inputs: [1, 2] }),
    json("three dimensions", { inputs: [[[1, 2]]] }),
    json("texts", { inputs: [["a", "b"]] }),
    json("ragged", { inputs: [[1, 2], [3]] }),
    json("empty", { inputs: [] }),
    json("a table", { dataframe_split: { data: [[1, 2]] } }),
    json("an object", { inputs: { x: [[1, 2]] } }),
  ];
}
