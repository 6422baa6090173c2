export { launchBrowser } from "./browser.ts";
export { freePort } from "./free-port.ts";
export { type Part, part, valueOf } from "./part.ts";
export { startPostgres, type TestPostgres } from "./postgres.ts";
export { pythonWith } from "./python.ts";
export { REPOSITORY_ROOT } from "./repository-root.ts";
export { startTestServer, type TestServer } from "./start-test-server.ts";
