import { mkdir, readdir, writeFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "./shared/table.ts";
import { toMarkdown } from "./shared/table.ts";

/*
 * npm run bench            every benchmark
 * npm run bench -- NAME    one of them
 * Prints Markdown tables for docs/BENCHMARKS.md and writes JSON to bench/results/.
 */

const HERE = import.meta.dirname;
const GIB = 1024 ** 3;

const wanted = process.argv.slice(2);
const known = await benchmarkNames();
const unknown = wanted.find((name) => !known.includes(name));
if (unknown === undefined) {
  console.log(`machine: ${machine()}\n`);
  for (const name of wanted.length > 0 ? wanted : known) await measure(name);
} else {
  console.error(`bench: no benchmark '${unknown}', there are ${known.join(", ")}`);
  process.exitCode = 2;
}

async function benchmarkNames(): Promise<string[]> {
  const entries = await readdir(HERE, { recursive: true });
  return entries.flatMap((path) => /^([^/]+)\/\1\.bench\.ts$/.exec(path)?.[1] ?? []).toSorted();
}

async function measure(name: string): Promise<void> {
  // By its name the file is a benchmark; if not, the table below fails loudly.
  const benchmark = (await import(join(HERE, name, `${name}.bench.ts`))) as Benchmark;
  console.log(`## ${benchmark.title}\n`);
  const table = await benchmark.measure();
  console.log(`${toMarkdown(table)}\n`);
  await mkdir(join(HERE, "results"), { recursive: true });
  const record = { name, measuredAt: new Date().toISOString(), machine: machine(), ...table };
  await writeFile(
    join(HERE, "results", `${name}-${Date.now()}.json`),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memoryGiB = Math.round(totalmem() / GIB);
  return `${cpus().length} × ${model}, ${memoryGiB} GiB, ${platform()} ${arch()}, Node ${process.versions.node}`;
}
