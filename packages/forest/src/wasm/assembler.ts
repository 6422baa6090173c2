/**
 * A small assembler for WebAssembly: instructions are functions that nest like expressions and return code; `assemble`
 * builds a module from functions. Contains only the instructions that this package uses. Opcodes and the binary format
 * are those of the WebAssembly specification, release 2.0 with threads (webassembly.github.io/spec/core/binary).
 *
 * @example
 * ```ts
 * const twice = { name: "twice", params: [I32], locals: [], result: I32, body: [i32.add(get(0), get(0))] };
 * const bytes = assemble({ functions: [twice], memory: { pagesMin: 1, pagesMax: 1, shared: false } });
 * ```
 */

/** Code bytes, nested like the expressions. */
export type Code = readonly (number | Code)[];

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;

export type WasmFunction = {
  /** The name under which the function is exported. */
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly result?: ValueType | undefined;
  readonly body: Code;
};

export type WasmModule = {
  readonly functions: readonly WasmFunction[];
  /** Imported as `env.memory`. A page is 64 KiB. */
  readonly memory: { readonly pagesMin: number; readonly pagesMax: number; readonly shared: boolean };
};

/** The bytes of a module. */
export function assemble({ functions, memory }: WasmModule): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params, result }) => [
    0x60,
    vector(params),
    vector(result === undefined ? [] : [result]),
  ]);
  const limits = [memory.shared ? 3 : 1, unsigned(memory.pagesMin), unsigned(memory.pagesMax)];
  return Uint8Array.from(
    flatten([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector(types)),
      section(2, vector([[text("env"), text("memory"), 2, limits]])),
      section(3, vector(functions.map((_, i) => unsigned(i)))),
      section(7, vector(functions.map(({ name }, i) => [text(name), 0, unsigned(i)]))),
      section(10, vector(functions.map(bodyOf))),
    ]),
  );
}

function bodyOf({ locals, body }: WasmFunction): Code {
  const code = flatten([vector(locals.map((type) => [1, type])), body, 0x0b]);
  return [unsigned(code.length), code];
}

function section(id: number, content: Code): Code {
  const bytes = flatten(content);
  return [id, unsigned(bytes.length), bytes];
}

function vector(items: Code): Code {
  return [unsigned(items.length), items];
}

function text(value: string): Code {
  return vector([...new TextEncoder().encode(value)]);
}

function flatten(code: Code): number[] {
  const out: number[] = [];
  const visit = (part: Code): void => {
    for (const item of part) {
      if (typeof item === "number") out.push(item);
      else visit(item);
    }
  };
  visit(code);
  return out;
}

/** LEB128: seven bits per byte, lowest first. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const byte = Number(BigInt.asUintN(7, rest));
    const isLast = rest >> 6n === 0n || rest >> 6n === -1n;
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

// Locals and control.

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
/** Sets a local and leaves the value. */
export const tee = (local: number, value: Code): Code => [value, 0x22, unsigned(local)];
export const select = (ifTrue: Code, ifFalse: Code, condition: Code): Code => [
  ifTrue,
  ifFalse,
  condition,
  0x1b,
];
/** Runs the body once, then repeats it while the condition, an i32, is not 0. */
export const loopWhile = (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];
/** Runs the body unless the condition, an i32, is 0. */
export const when = (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b];

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
/** `offset` is added to the address. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const unary =
  (opcode: Code): Unary =>
  (a) => [a, opcode];
const binary =
  (opcode: Code): Binary =>
  (a, b) => [a, b, opcode];
/** `align` is the base-2 logarithm of the value's size. */
const load =
  (opcode: Code, align: number): Load =>
  (address, offset = 0) => [address, opcode, align, unsigned(offset)];
const store =
  (opcode: Code, align: number): Store =>
  (address, value, offset = 0) => [address, value, opcode, align, unsigned(offset)];
const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];

export const i32: {
  readonly const: (value: number) => Code;
} & Readonly<
  Record<"wrap" | "truncSaturated", Unary> &
    Record<"ltUnsigned" | "add" | "sub" | "mul" | "and" | "or" | "shl" | "shrUnsigned", Binary> &
    Record<"load" | "load8" | "load16", Load> &
    Record<"store", Store>
> = {
  const: (value) => [0x41, signed(BigInt(value))],
  wrap: unary([0xa7]),
  /** Converts a 32-bit float to an unsigned integer. */
  truncSaturated: unary([0xfc, 1]),
  ltUnsigned: binary([0x49]),
  add: binary([0x6a]),
  sub: binary([0x6b]),
  mul: binary([0x6c]),
  and: binary([0x71]),
  or: binary([0x72]),
  shl: binary([0x74]),
  shrUnsigned: binary([0x76]),
  load: load([0x28], 2),
  load8: load([0x2d], 0),
  load16: load([0x2f], 1),
  store: store([0x36], 2),
};

export const i64: { readonly const: (value: bigint) => Code } & Readonly<
  Record<"extend", Unary> & Record<"add" | "shrUnsigned", Binary> & Record<"load" | "load16", Load>
> = {
  const: (value) => [0x42, signed(value)],
  extend: unary([0xad]),
  add: binary([0x7c]),
  shrUnsigned: binary([0x88]),
  load: load([0x29], 3),
  load16: load([0x33], 1),
};

export const f32: { readonly const: (value: number) => Code } & Readonly<
  Record<"demote", Unary> & Record<"lt" | "gt" | "ne", Binary> & { load: Load; store: Store }
> = {
  const: (value) => [0x43, [...new Uint8Array(Float32Array.of(value).buffer)]],
  demote: unary([0xb6]),
  lt: binary([0x5d]),
  gt: binary([0x5e]),
  ne: binary([0x5c]),
  load: load([0x2a], 2),
  store: store([0x38], 2),
};

export const f64: { readonly const: (value: number) => Code } & Readonly<
  Record<"promote", Unary> & Record<"add" | "div", Binary> & { load: Load; store: Store }
> = {
  const: (value) => [0x44, [...new Uint8Array(Float64Array.of(value).buffer)]],
  promote: unary([0xbb]),
  add: binary([0xa0]),
  div: binary([0xa3]),
  load: load([0x2b], 3),
  store: store([0x39], 3),
};

export const v128: Readonly<Record<"load" | "load64", Load> & { store: Store }> = {
  load: load(simd(0x00), 3),
  /** Loads two 32-bit words into the lower half. */
  load64: load(simd(0x5d), 2),
  store: store(simd(0x0b), 3),
};

export const f64x2: Readonly<{ promoteLow: Unary; add: Binary }> = {
  promoteLow: unary(simd(0x5f)),
  add: binary(simd(0xf0)),
};
