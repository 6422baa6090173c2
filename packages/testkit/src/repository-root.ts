import { fileURLToPath } from "node:url";

/** The folder of the checkout, which holds `packages/`. */
export const REPOSITORY_ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));
