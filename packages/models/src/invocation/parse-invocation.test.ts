import { isAppError } from "@flightdeck/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInvocation, parsePandasRecords, parsePandasSplit } from "./parse-invocation.ts";

const TABLE = {
  columns: ["a", "b"],
  data: [
    [1, 2],
    [3, 4],
  ],
};

describe("parseInvocation", () => {
  test.each([
    ["dataframe_split", { dataframe_split: TABLE }],
    ["dataframe_split with an index", { dataframe_split: { ...TABLE, index: [0, 1] } }],
    [
      "dataframe_records",
      {
        dataframe_records: [
          { a: 1, b: 2 },
          { b: 4, a: 3 },
        ],
      },
    ],
    [
      "instances of objects",
      {
        instances: [
          { a: 1, b: 2 },
          { a: 3, b: 4 },
        ],
      },
    ],
    ["inputs of columns", { inputs: { a: [1, 3], b: [2, 4] } }],
    ["params beside", { dataframe_split: TABLE, params: {} }],
  ])("reads %s", (_, body) => {
    expect(parseInvocation(JSON.stringify(body)).input).toEqual(TABLE);
  });

  test.each([
    ["instances", { instances: [[1, 2]] }, [[1, 2]]],
    ["inputs", { inputs: [[1, 2]] }, [[1, 2]]],
    ["scalars, one column", { instances: [1, 2] }, [[1], [2]]],
    ["a split without columns", { dataframe_split: { data: [[1]] } }, [[1]]],
  ])("reads rows without names: %s", (_, body, data) => {
    expect(parseInvocation(JSON.stringify(body)).input).toEqual({ data });
  });

  test("records that share no key are refused before they fill the memory", () => {
    const records = Array.from({ length: 4000 }, (_, index) => ({ [`k${index}`]: 1 }));
    expect(() => parseInvocation(JSON.stringify({ dataframe_records: records }))).toThrow(
      "dataframe_records must have a value in at least one of 100 cells, got 4000 records with 4000 keys among them and 4000 values",
    );
  });

  test("a body that is nested deeply is refused before it is parsed", () => {
    expect(() => parseInvocation(`{"inputs": ${"[".repeat(100)}`)).toThrow("nested deeper than 100 levels");
  });

  test("a key that a record lacks is a missing value", () => {
    const body = { dataframe_records: [{ a: 1 }, { b: 2 }] };
    expect(parseInvocation(JSON.stringify(body)).input).toEqual({
      columns: ["a", "b"],
      data: [
        [1, null],
        [null, 2],
      ],
    });
  });

  test.each([
    ["[1]", "got a list"],
    ["3", "got number"],
    ["{}", "got the fields {}"],
    [JSON.stringify(TABLE), "got the fields {'columns', 'data'}. A bare table needs the header"],
    ['{"instances": [], "inputs": []}', "got the fields {'instances', 'inputs'}"],
    ['{"dataframe_split": [1]}', "dataframe_split must be an object with columns and data"],
    ['{"dataframe_split": {"columns": ["a"], "data": 3}}', "data of dataframe_split must be a list of rows"],
    [
      '{"dataframe_split": {"columns": [[1]], "data": []}}',
      "columns of dataframe_split must be a list of strings",
    ],
    ['{"dataframe_split": {"data": [], "rows": 1}}', "Got {'data', 'rows'}"],
    ['{"dataframe_split": {"index": [1], "data": []}}', "index of dataframe_split must be a list"],
    [
      '{"instances": [{"a": 1}, {"b": 1}]}',
      "The length of values for each input/column name are not the same",
    ],
    ['{"dataframe_records": {"a": 1}}', "dataframe_records must be a list of records, got object"],
    ['{"instances": [1, [2]]}', "instances must be a list of records, got a list of something else"],
    ['{"inputs": {"a": [1], "b": 2}}', "inputs.b must be a list of values, got number"],
    ['{"inputs": {"a": [1], "b": [1, 2]}}', "inputs.b must have 1 values like a, got 2"],
    ['{"inp', "Ensure that input is a valid JSON formatted string"],
  ])("says what is wrong with %s", (body, message) => {
    expect(() => parseInvocation(body)).toThrow(message);
  });

  test("NaN and infinities are read, as Python writes them", () => {
    const body =
      '{"dataframe_split": {"columns": ["NaN"], "data": [[NaN], [-Infinity], [Infinity], ["\\"NaN"]]}}';
    const data = [[null], [Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY], ['"NaN']];
    expect(parseInvocation(body).input).toEqual({ columns: ["NaN"], data });
  });

  test("any body is parsed or refused as an error of the client", () => {
    const field = fc.constantFrom("dataframe_split", "dataframe_records", "instances", "inputs");
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => {
        try {
          parseInvocation(JSON.stringify({ [name]: value }));
        } catch (error) {
          const codes = ["BAD_REQUEST", "INVALID_PARAMETER_VALUE"];
          expect(isAppError(error) && codes.includes(error.code)).toBe(true);
        }
      }),
    );
  });
});

test("the bare forms of MLflow 1", () => {
  expect(parsePandasSplit(JSON.stringify(TABLE))).toEqual(TABLE);
  expect(parsePandasRecords('[{"a": 1, "b": 2}, {"a": 3, "b": 4}]')).toEqual(TABLE);
  expect(() => parsePandasSplit("[]")).toThrow("the body must be an object with columns and data");
});
