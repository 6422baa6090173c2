/* The module used in the examples of `workerModule`. */

export const objective = ({ x }: { readonly x: number }): number => x * x;

export default objective;
