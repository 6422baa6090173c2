import { fileURLToPath } from "node:url";

/** The path of a file in testing/fixtures. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** The path of the flights file in the example project. */
export const flightsPath: string = fileURLToPath(
  new URL("../../../../examples/airline/airline_small.parquet", import.meta.url),
);
