export type { LogLevel, ServerOptions } from "./server-options.ts";
export { type RunningServer, startServer } from "./start-server.ts";
