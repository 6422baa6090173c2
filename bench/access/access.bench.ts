import type { BenchTable } from "../shared/table.ts";
import {
  type Contender,
  startCheckout,
  startFlightdeck,
  startGuardedFlightdeck,
} from "../shared/contender.ts";
import { LoadClient, medianMs } from "../shared/load.ts";
import { median, trackingLoad } from "../shared/tracking-load.ts";

const ROUNDS = 5;
const VISIBLE = 10;
const HIDDEN = 10_000;
const CALLS = 51;

export const title = "What permissions cost";

/** Another checkout, for example of the last release, whose open server is measured too. */
const baseline = process.env["FLIGHTDECK_BENCH_BASELINE"];

/**
 * Runs the same load on an open server and as a non-admin user of one that requires tokens, alternating; medians of the
 * rounds.
 */
export async function measure(): Promise<BenchTable> {
  const starters: readonly (() => Promise<Contender>)[] = [
    startFlightdeck,
    startGuardedFlightdeck,
    ...(baseline === undefined ? [] : [() => startCheckout(baseline)]),
  ];
  const samples = starters.map(() => trackingLoad.map((): number[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, start] of starters.entries()) await measureOnce(start, samples[index] ?? []);
  }
  const [open = [], ...others] = samples.map((figures) => figures.map(median));
  const page = await pageTimes();
  return {
    columns: [
      "",
      "open",
      "with tokens",
      "speed",
      ...(baseline === undefined ? [] : ["baseline, open", "speed"]),
    ],
    rows: [
      ...trackingLoad.map(({ name, lowerIsBetter = false }, row) => {
        const figure = open[row] ?? Number.NaN;
        const compared = others.flatMap((figures) => {
          const other = figures[row] ?? Number.NaN;
          return [other, percent(lowerIsBetter ? figure / other : other / figure)];
        });
        return [name, figure, ...compared];
      }),
      [
        `page of a user's ${VISIBLE} experiments, ms: alone, among ${HIDDEN.toLocaleString("en-US")} hidden`,
        page.alone,
        page.amongHidden,
        percent(page.alone / page.amongHidden),
        ...(baseline === undefined ? [] : ["", ""]),
      ],
    ],
    notes: [
      `Medians of ${ROUNDS} alternating rounds; the load comes from the same two cores.`,
      "The speed is that of the column before it as a share of the open server's.",
    ],
  };
}

async function measureOnce(start: () => Promise<Contender>, samples: readonly number[][]): Promise<void> {
  const server = await start();
  try {
    for (const [row, measurement] of trackingLoad.entries()) samples[row]?.push(await measurement.of(server));
  } finally {
    await server.stop();
  }
}

/** Times a user's list of experiments before and after others have created many that the user may not see. */
async function pageTimes(): Promise<{ readonly alone: number; readonly amongHidden: number }> {
  const server = await startGuardedFlightdeck();
  const user = new LoadClient(server);
  const admin = new LoadClient({ url: server.url, token: server.adminToken });
  const page = (): Promise<number> =>
    medianMs(CALLS, () => user.post("/experiments/search", { max_results: VISIBLE }));
  try {
    await createExperiments(user, VISIBLE);
    const alone = await page();
    await createExperiments(admin, HIDDEN);
    return { alone, amongHidden: await page() };
  } finally {
    user.close();
    admin.close();
    await server.stop();
  }
}

async function createExperiments(client: LoadClient, count: number): Promise<void> {
  const prefix = performance.now().toFixed(0);
  for (let i = 0; i < count; i++) await client.post("/experiments/create", { name: `page-${prefix}-${i}` });
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
