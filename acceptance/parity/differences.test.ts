import { expect, test } from "vitest";
import { differencesOf } from "./differences.ts";
import { findAccepted } from "./judge.ts";
import type { Call, Json, Step } from "./trace.ts";

test("equal recordings have no differences", () => {
  expect(differencesOf([step(200, { a: [1, "x"] })], [step(200, { a: [1, "x"] })])).toEqual([]);
});

test("two responses are compared field by field", () => {
  const found = differencesOf(
    [step(400, { code: "A", message: "x" })],
    [step(400, { code: "A", message: "y" })],
  );
  expect(found).toEqual([{ step: "s", path: "calls[0].body.message", stock: "x", ours: "y" }]);
});

test("an error versus a success is one difference", () => {
  const found = differencesOf([step(400, { code: "A" })], [step(200, { runs: [] })]);
  expect(found.map(({ path }) => path)).toEqual(["calls[0]"]);
});

test("an extra file is one difference and does not shift the others", () => {
  const file = (path: string): Json => ({ path, is_dir: false });
  const found = differencesOf(
    [step(200, { files: [file("a"), file("b")] })],
    [step(200, { files: [file("a"), file("new"), file("b")] })],
  );
  expect(found.map(({ path }) => path)).toEqual(["calls[0].body.files.new"]);
});

test("different calls are one difference", () => {
  const stock = step(200, {});
  const [call] = stock.calls;
  expect(differencesOf([stock], [{ ...stock, calls: call === undefined ? [] : [call, call] }])).toMatchObject(
    [{ path: "calls", stock: "GET /x", ours: "GET /x, GET /x" }],
  );
});

test("results are compared if the calls agree", () => {
  const stock = step(200, {});
  expect(differencesOf([stock], [{ ...stock, result: 2 }])).toEqual([
    { step: "s", path: "result", stock: 1, ours: 2 },
  ]);
});

test("an entry matches a difference by path, values and client", () => {
  const entry = {
    where: "runs/*",
    path: "calls[*].body.message",
    clients: ["1.30.1"] as const,
    stock: "x",
    ours: "y",
    reason: "",
  };
  const met = {
    noun: "runs",
    step: "s",
    path: "calls[0].body.message",
    stock: "xx",
    ours: "yy",
    client: "1.30.1",
  } as const;
  expect(findAccepted(met, [entry])).toBe(entry);
  expect(findAccepted({ ...met, noun: "metrics" }, [entry])).toBeUndefined();
  expect(findAccepted({ ...met, path: "calls[0].body.code" }, [entry])).toBeUndefined();
  expect(findAccepted({ ...met, ours: "z" }, [entry])).toBeUndefined();
  expect(findAccepted({ ...met, client: "3.17.2" }, [entry])).toBeUndefined();
});

function step(status: number, body: Json): Step {
  const call: Call = { method: "GET", path: "/x", raw: false, status, body };
  return { name: "s", calls: [call], result: 1 };
}
