// Plain JavaScript, so that threads that grow trees do not load the type stripper: about 30 MB and 50 ms each.

/** Instantiates the module with a memory and the host's logarithm, so that all implementations round the same way. */
function instantiate(module, memory) {
  return new WebAssembly.Instance(module, { env: { memory, log: Math.log } }).exports;
}

function set(exports, settings) {
  for (const [name, value] of Object.entries(settings)) exports[name].value = value;
}

/** The sizes for planning a thread's memory, from an instance of the module with one page of memory. */
export function sizesOf(module, { numStats, numFeatures }) {
  const exports = instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
  set(exports, { numStats, numFeatures });
  return { nodeBytes: exports.nodeBytes, scratchBytes: exports.scratchBytes };
}

/** Returns a function that grows the tree of a seed in the thread's memory and copies it out. */
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
