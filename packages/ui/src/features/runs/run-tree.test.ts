import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildRunTree, flatRunNodes, missingParentIds, type RunNode } from "./run-tree.ts";
import { exampleRow } from "./testing/example-row.ts";

const outline = (nodes: readonly RunNode[]): unknown[] =>
  nodes.map(({ row, isMatch, children }) => {
    const name = `${row.run.info.runId}${isMatch ? "" : "?"}`;
    return children.length === 0 ? name : [name, outline(children)];
  });

describe("buildRunTree", () => {
  it("puts children under their parent, in the server's order", () => {
    const rows = [
      exampleRow("b", { parent: "p" }),
      exampleRow("x"),
      exampleRow("a", { parent: "p" }),
      exampleRow("p"),
    ];
    expect(outline(buildRunTree(rows))).toEqual([["p", ["b", "a"]], "x"]);
  });

  it("shows a parent that did not match when a child did", () => {
    const tree = buildRunTree([exampleRow("a", { parent: "p" })], [exampleRow("p"), exampleRow("unrelated")]);
    expect(outline(tree)).toEqual([["p?", ["a"]]]);
  });

  it("makes a root of a child whose parent is unknown", () => {
    expect(outline(buildRunTree([exampleRow("a", { parent: "gone" })]))).toEqual(["a"]);
  });

  it("nests any number of levels", () => {
    const rows = [exampleRow("c", { parent: "b" }), exampleRow("b", { parent: "a" }), exampleRow("a")];
    expect(outline(buildRunTree(rows))).toEqual([["a", [["b", ["c"]]]]]);
  });

  it("shows each match once, whatever the parents claim", () => {
    const ids = ["a", "b", "c", "d", "e"];
    const runs = fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), parent: fc.constantFrom(...ids) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(runs, (claims) => {
        const rows = claims.map(({ id, parent }) => exampleRow(id, { parent }));
        const shown = outline(buildRunTree(rows)).flat(10);
        expect(new Set(shown)).toEqual(new Set(claims.map(({ id }) => id)));
        expect(shown).toHaveLength(claims.length);
      }),
    );
  });
});

describe("flatRunNodes", () => {
  it("keeps children beside their parents", () => {
    expect(outline(flatRunNodes([exampleRow("a", { parent: "p" }), exampleRow("p")]))).toEqual(["a", "p"]);
  });
});

describe("missingParentIds", () => {
  it("names each absent parent once", () => {
    const rows = [
      exampleRow("a", { parent: "p" }),
      exampleRow("b", { parent: "p" }),
      exampleRow("c", { parent: "a" }),
    ];
    expect(missingParentIds(rows)).toEqual(["p"]);
  });
});
