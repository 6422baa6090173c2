import { AppError } from "@flightdeck/core";
import { expect, test } from "vitest";
import { failure } from "../testing/helpers.ts";
import { type Transaction, WriteGroups } from "./group-commit.ts";

/** Records the writes of each transaction. */
function createLog() {
  const committed: (readonly string[])[] = [];
  let open: string[] = [];
  const transaction: Transaction = (work) => {
    open = [];
    work();
    committed.push(open);
  };
  const groups = new WriteGroups(transaction, () => Promise.resolve());
  const write = (name: string): Promise<string> =>
    groups.add(() => {
      open.push(name);
      return name.toUpperCase();
    });
  return { committed, groups, write };
}

test("commits writes of a moment together, each with its own result", async () => {
  const { committed, write } = createLog();
  expect(await Promise.all([write("a"), write("b")])).toEqual(["A", "B"]);
  expect(await write("c")).toBe("C");
  expect(committed).toEqual([["a", "b"], ["c"]]);
});

test("runs each alone when one throws, which alone rejects", async () => {
  const { committed, groups, write } = createLog();
  const refused = (): never => {
    throw new AppError("INVALID_PARAMETER_VALUE", "no");
  };
  const [first, second, third] = [write("a"), groups.add(refused), write("b")];
  expect(await failure(second)).toBe("INVALID_PARAMETER_VALUE: no");
  expect([await first, await third]).toEqual(["A", "B"]);
  expect(committed).toEqual([["a"], ["b"]]);
});

test("lets long writes go alone, and others come between them", async () => {
  const { committed, groups, write } = createLog();
  const long = (): void => {
    const endMs = performance.now() + 10;
    while (performance.now() < endMs);
  };
  await Promise.all([groups.add(long), groups.add(long), write("a")]);
  expect(committed).toEqual([[], [], ["a"]]);
});

test("refuses all that wait when no transaction can begin", async () => {
  let attempts = 0;
  const groups = new WriteGroups(
    () => {
      attempts++;
      throw new AppError("TEMPORARILY_UNAVAILABLE", "locked");
    },
    () => Promise.resolve(),
  );
  const writes = [groups.add(() => 1), groups.add(() => 2)];
  for (const write of writes) expect(await failure(write)).toBe("TEMPORARILY_UNAVAILABLE: locked");
  expect(attempts).toBe(1);
});

test("acknowledges nothing that was not synced", async () => {
  const groups = new WriteGroups(
    (work) => work(),
    () => Promise.reject(new AppError("IO_ERROR", "the disk is gone")),
  );
  expect(await failure(groups.add(() => 1))).toBe("IO_ERROR: the disk is gone");
});

test("runs at once what waits when it is flushed", async () => {
  const { committed, groups, write } = createLog();
  const written = write("a");
  groups.flush();
  expect(committed).toEqual([["a"]]);
  expect(await written).toBe("A");
});
