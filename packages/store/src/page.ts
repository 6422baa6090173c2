export type { Page } from "@flightdeck/protocol";
