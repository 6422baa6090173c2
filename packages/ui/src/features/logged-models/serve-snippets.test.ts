import { expect, it } from "vitest";
import { bodyOfServingExample, queryCommand, serveCommand } from "./serve-snippets.ts";

it("serves on the guide's port", () => {
  expect(serveCommand("models:/m-1")).toBe("flightdeck models serve -m models:/m-1 -p 55755");
  expect(serveCommand("models:/it's mine/1")).toBe(
    String.raw`flightdeck models serve -m 'models:/it'\''s mine/1' -p 55755`,
  );
});

it("asks with the model's own example", () => {
  const body = bodyOfServingExample('{\n "inputs": [[1, 2]]\n}');
  expect(body).toBe('{"inputs":[[1,2]]}');
  expect(queryCommand(body)).toContain(`-d '{"inputs":[[1,2]]}'`);
  expect(bodyOfServingExample("<html>")).toBeUndefined();
});
