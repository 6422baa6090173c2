export { launchBrowser } from "./browser.ts";
export { freePort, startPostgres, type TestPostgres } from "./postgres.ts";
export { type Part, part, valueOf, pythonWith, REPOSITORY_ROOT } from "./python.ts";
export { startTestSpark, type TestSpark } from "./spark.ts";
export { startTestServer, type TestServer } from "./start-test-server.ts";
