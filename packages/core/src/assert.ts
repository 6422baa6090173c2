/** Raised when an invariant of our own code is broken: only a bug can cause it, so it is no `AppError`. */
class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** States what must hold for the code below to be right. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks a branch that the types rule out; fails to compile when a case is forgotten. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable value: ${String(value)}`);
}
