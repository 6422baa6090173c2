export { databricksOptions } from "./databricks/databricks-options.ts";
export { type ServerLogin, serverLogin } from "./environment.ts";
export { followJobRun, JobRunFollower } from "./databricks/follow-job-run.ts";
export { saveProfile, type SavedProfile } from "./databricks/profiles.ts";
export { WorkspaceClient } from "./databricks/workspace-client.ts";
