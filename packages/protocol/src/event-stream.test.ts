import { expect, test } from "vitest";
import { eventFromWire, eventToWire } from "./event-stream.ts";

test("the page parses events as the server formats them", () => {
  const changes = [{ kind: "run", id: "r1" }] as const;
  const [type, data] = eventToWire(changes).split("\n");
  expect(type).toBe("event: change");
  expect(eventFromWire({ type: "change", data: data?.slice("data: ".length) ?? "" })).toEqual(changes);
  expect(eventToWire("reset")).toBe("event: reset\ndata: {}\n\n");
  expect(eventFromWire({ type: "reset", data: "{}" })).toBe("reset");
});

test.each(["", "null", "[]", '{"changes":1}', '{"changes":[null,{"kind":"run"}]}'])(
  "%j is no change",
  (data) => {
    expect(eventFromWire({ type: "change", data })).toEqual([]);
  },
);
