import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ROUTES } from "./coverage.ts";

/** A route that the stock server declares. */
export type StockRoute = {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly version: string;
};

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../python/parity/stock_routes.py", import.meta.url));

/** The stock server's routes that Flightdeck does not implement. */
export async function leftOutRoutes(python: string): Promise<readonly StockRoute[]> {
  const { stdout } = await run(python, [SCRIPT]);
  const routes = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as StockRoute[]; // The script prints it on its last line.
  return routes.filter((route) => !isServed(route));
}

function isServed({ method, path, version }: StockRoute): boolean {
  return ROUTES.some(
    (route) =>
      route.methods.includes(method) &&
      shape(route.path) === shape(path) &&
      // The server mounts routes by major version: 2.11 under 2.0.
      route.versions.some((each) => each.split(".")[0] === version.split(".")[0]),
  );
}

/** A path with all parameters replaced by `*`. */
function shape(path: string): string {
  return path.replaceAll(/\{[^}]+\}|<[^>]+>/g, "*");
}
