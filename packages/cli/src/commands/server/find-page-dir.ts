import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the page's build; undefined before it has been built. */
export function findPageDir(): string | undefined {
  const folder = fileURLToPath(new URL("dist", import.meta.resolve("@flightdeck/ui/package.json")));
  return existsSync(folder) ? folder : undefined;
}
