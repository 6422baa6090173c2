export { launchBrowser } from "./browser.ts";
export { type Part, part, valueOf } from "./part.ts";
export { pythonWith } from "./python.ts";
export { REPOSITORY_ROOT } from "./repository-root.ts";
export { startTestServer, type TestServer } from "./start-test-server.ts";
