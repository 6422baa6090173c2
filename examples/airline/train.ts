import { messageOf } from "@flightdeck/core";
import { parseOptions } from "./options.ts";
import { search } from "./search.ts";
import { simple } from "./simple.ts";

/** The program for both entry points in the MLproject file: `node train.ts hyperopt|simple [--option value]…` */
async function main(argv: readonly string[]): Promise<void> {
  const { entryPoint, options } = parseOptions(argv);
  if (entryPoint === "hyperopt") await search(options);
  else await simple(options);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`train: ${messageOf(error)}`);
  process.exitCode = 1;
}
