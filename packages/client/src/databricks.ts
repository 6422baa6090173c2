export { databricksOptions } from "./databricks/databricks-options.ts";
export { type ServerLogin, serverLogin } from "./fluent/tracking-environment.ts";
export { followJobRun, JobRunFollower } from "./databricks/follow-job-run.ts";
export { saveProfile, type SavedProfile } from "./databricks/save-profile.ts";
export { WorkspaceClient } from "./databricks/workspace-client.ts";
