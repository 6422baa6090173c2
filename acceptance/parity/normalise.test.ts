import { expect, test } from "vitest";
import { normalised } from "./normalise.ts";
import type { Call, Json, Step } from "./trace.ts";

const RUN = "0f".repeat(16);

test("ids are named after the step where they first occur, wherever they occur", () => {
  const [first, second] = normalised([
    step("create", { run_id: RUN, experiment_id: "7" }),
    step("get", { message: `No run ${RUN} in mlflow-artifacts:/7/${RUN}`, value: "7" }),
  ]);
  expect(bodyOf(first)).toEqual({ experiment_id: "<create 1>", run_id: "<create 2>" });
  expect(bodyOf(second)).toEqual({
    message: "No run <create 2> in mlflow-artifacts:/<create 1>/<create 2>",
    value: "7",
  });
});

test("a wrong id gets another name, so the difference is found", () => {
  const other = "1e".repeat(16);
  const [, right] = normalised([step("create", { run_id: RUN }), step("get", { run_id: RUN })]);
  const [, wrong] = normalised([step("create", { run_id: RUN }), step("get", { run_id: other })]);
  expect(bodyOf(right)).not.toEqual(bodyOf(wrong));
});

test("recent times, generated names and URLs are replaced; other numbers are kept", () => {
  const [normal] = normalised([
    step("get", {
      start_time: Date.now(),
      end_time: 1234,
      run_name: "nosy-otter-123",
      url: "http://127.0.0.1:5000/a",
      next_page_token: "abc",
    }),
  ]);
  expect(bodyOf(normal)).toEqual({
    start_time: "<time>",
    end_time: 1234,
    run_name: "<generated name>",
    url: "<server>/a",
    next_page_token: "<token>",
  });
});

test("tags are sorted, a history is not; empty lists are dropped", () => {
  const tags = [
    { key: "b", value: "1" },
    { key: "a", value: "2" },
  ];
  const metrics = [{ step: 2 }, { step: 1 }];
  const [normal] = normalised([step("get", { tags, metrics, params: [] })]);
  expect(bodyOf(normal)).toEqual({ tags: tags.toReversed(), metrics });
});

function step(name: string, body: Json): Step {
  const call: Call = { method: "GET", path: "/x", raw: false, status: 200, body };
  return { name, calls: [call], result: null };
}

function bodyOf(normal: Step | undefined): Json | undefined {
  return normal?.calls[0]?.body;
}
