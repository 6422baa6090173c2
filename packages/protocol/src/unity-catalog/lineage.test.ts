import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLineageHeader } from "./lineage.ts";

const encoded = (value: unknown): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));

test("parses jobs, notebooks and tables as sent by MLflow's clients", () => {
  const table = { name: "main.ml.flüge", table_id: "7" };
  const header = encoded({
    entities: [{ notebook: { id: "1" } }, { job: { id: "2", job_run_id: "3" } }],
    lineages: [{ source_securables: [{ table }] }],
  });
  expect(parseLineageHeader(header)).toMatchObject({
    entities: [{ notebook: { id: "1" } }, { job: { id: "2", job_run_id: "3" } }],
    securables: [{ table }],
  });
  expect(parseLineageHeader(undefined)).toEqual({ entities: [], securables: [] });
  expect(parseLineageHeader(encoded({}))).toEqual({ entities: [], securables: [] });
});

test("refuses any other header", () => {
  const anything = fc.oneof(fc.string(), fc.jsonValue().map(encoded));
  fc.assert(
    fc.property(anything, (header) => {
      try {
        expect(parseLineageHeader(header)).toHaveProperty("entities");
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
      }
    }),
  );
});
