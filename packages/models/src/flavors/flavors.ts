import type { Flavor } from "./flavor.ts";
import { forestFlavor } from "./forest-flavor.ts";

/** Every kind of model that can be saved and loaded; the first that fits is taken. */
export const FLAVORS: readonly Flavor[] = [forestFlavor];
