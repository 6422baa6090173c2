export { isPretty, type LogFormat, type LogLevel } from "./http/open-logger.ts";
export { PAGE_FOLDER } from "./http/page.ts";
export type { ServerOptions } from "./server-options.ts";
export { type RunningServer, startServer } from "./start-server.ts";
export type { FoundSpark, SparkLauncher, StartSparkOptions, TaskSpark } from "./jobs/cluster-sparks.ts";
