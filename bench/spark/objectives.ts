/* The objectives that the Spark benchmarks evaluate on executors. */

type Point = { readonly x: number };

export const instant = ({ x }: Point): number => x;

export const oneSecond = async ({ x }: Point): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return x;
};
