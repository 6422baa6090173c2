import { type Frame, readParquet } from "@flightdeck/frame";

/** The label: 1 when the flight arrived late. Every other column is a feature. */
export const LABEL = "ArrDelayBinary";

/** Like the guide, holds out a fifth of the flights for testing. */
const TEST_SIZE = 0.2;

export type Flights = { readonly train: Frame; readonly test: Frame };

/** Reads the flights from a path or URL and splits them; the same seed gives the same split. */
export async function readFlights(fpath: string, seed: number): Promise<Flights> {
  const frame = await readParquet(fpath);
  frame.column(LABEL); // Fails here, naming the column, if the file does not contain flights.
  return frame.split({ testSize: TEST_SIZE, seed });
}
