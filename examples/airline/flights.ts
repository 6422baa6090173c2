import { type Frame, readParquet } from "@flightdeck/frame";

/** The label: 1 when the flight arrived late. Every other column is a feature. */
export const LABEL = "ArrDelayBinary";

/** The guide keeps a fifth of the flights to measure on. */
const TEST_SIZE = 0.2;

export type Flights = { readonly train: Frame; readonly test: Frame };

/** Reads the flights from a path or URL and splits them; the same seed gives the same split. */
export async function readFlights(fpath: string, seed: number): Promise<Flights> {
  const frame = await readParquet(fpath);
  frame.column(LABEL); // Fails here, by name, when the file holds something else than flights.
  return frame.split({ testSize: TEST_SIZE, seed });
}
