// Plain JavaScript, so that a thread that grows trees loads no compiler for types: some 30 MB and 50 ms each.

/** The module's exports over a memory; the logarithm is the host's, so that every implementation rounds alike. */
function instantiate(module, memory) {
  return new WebAssembly.Instance(module, { env: { memory, log: Math.log } }).exports;
}

function set(exports, settings) {
  for (const [name, value] of Object.entries(settings)) exports[name].value = value;
}

/** What the sizes of a thread's memory depend on, from a copy of the module with a memory of one page. */
export function sizesOf(module, { numStats, numFeatures }) {
  const exports = instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
  set(exports, { numStats, numFeatures });
  return { nodeBytes: exports.nodeBytes, scratchBytes: exports.scratchBytes };
}

/** A function that grows the tree of a seed in the thread's memory and copies it out. */
export function moduleGrower(module, { memory, settings }, thread) {
  const exports = instantiate(module, memory);
  set(exports, { ...settings, ...thread });
  return (seed) => {
    exports.growTree(seed);
    const nodeWords = exports.nodeWords.value;
    const copy = (ArrayType, address, length) => new ArrayType(new ArrayType(memory.buffer, address, length));
    return {
      nodes: copy(Int32Array, thread.nodes, nodeWords),
      leaves: copy(Float32Array, thread.leaves, exports.leafValues.value),
      categorySets: copy(Uint32Array, thread.categorySets, exports.setWords.value),
      nodeWeights: copy(Float32Array, thread.nodeWeights, nodeWords / 3),
      importances: copy(Float64Array, thread.importances, settings.numAllFeatures),
    };
  };
}
