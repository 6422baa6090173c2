export * from "./job";
export { growTree, leafValues, nodeWords, setWords } from "./grow-tree";
export { nodeBytes, scratchBytes } from "./scratch";
