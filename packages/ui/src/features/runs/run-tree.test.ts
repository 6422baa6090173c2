import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildRunTree, flatRunNodes, missingParentIds, openRows, type RunNode } from "./run-tree.ts";

const outline = (nodes: readonly RunNode[]): unknown[] =>
  nodes.map(({ runId, isMatch, children }) => {
    const name = `${runId}${isMatch ? "" : "?"}`;
    return children.length === 0 ? name : [name, outline(children)];
  });

describe("buildRunTree", () => {
  test("puts children under their parent, in the server's order", () => {
    const rows = [
      { runId: "b", parentRunId: "p" },
      { runId: "x" },
      { runId: "a", parentRunId: "p" },
      { runId: "p" },
    ];
    expect(outline(buildRunTree(rows))).toEqual([["p", ["b", "a"]], "x"]);
  });

  test("shows a parent that did not match if a child did", () => {
    const tree = buildRunTree([{ runId: "a", parentRunId: "p" }], [{ runId: "p" }, { runId: "unrelated" }]);
    expect(outline(tree)).toEqual([["p?", ["a"]]]);
  });

  test("makes a root of a child whose parent is unknown", () => {
    expect(outline(buildRunTree([{ runId: "a", parentRunId: "gone" }]))).toEqual(["a"]);
  });

  test("nests any number of levels", () => {
    const rows = [{ runId: "c", parentRunId: "b" }, { runId: "b", parentRunId: "a" }, { runId: "a" }];
    expect(outline(buildRunTree(rows))).toEqual([["a", [["b", ["c"]]]]]);
  });

  test("shows each match once, whatever the parents claim", () => {
    const ids = ["a", "b", "c", "d", "e"];
    const runs = fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), parent: fc.constantFrom(...ids) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(runs, (claims) => {
        const rows = claims.map(({ id, parent }) => ({ runId: id, parentRunId: parent }));
        const shown = outline(buildRunTree(rows)).flat(10);
        expect(new Set(shown)).toEqual(new Set(claims.map(({ id }) => id)));
        expect(shown).toHaveLength(claims.length);
      }),
    );
  });
});

describe("flatRunNodes", () => {
  test("keeps children beside their parents", () => {
    expect(outline(flatRunNodes(["a", "p"]))).toEqual(["a", "p"]);
  });
});

describe("missingParentIds", () => {
  test("names each absent parent once", () => {
    const rows = [
      { runId: "a", parentRunId: "p" },
      { runId: "b", parentRunId: "p" },
      { runId: "c", parentRunId: "a" },
    ];
    expect(missingParentIds(rows)).toEqual(["p"]);
  });
});

describe("openRows", () => {
  test("leaves out what is nested in collapsed rows", () => {
    const tree = buildRunTree([
      { runId: "a" },
      { runId: "b", parentRunId: "a" },
      { runId: "c", parentRunId: "b" },
      { runId: "d" },
    ]);
    const shown = (expanded: Readonly<Record<string, boolean>>): string =>
      openRows(tree, expanded)
        .map(({ node, depth }) => `${node.runId}${depth}`)
        .join(" ");
    expect(shown({})).toBe("a0 d0");
    expect(shown({ a: true })).toBe("a0 b1 d0");
    expect(shown({ a: true, b: true })).toBe("a0 b1 c2 d0");
    expect(shown({ b: true })).toBe("a0 d0");
  });
});
