/** Whether a tracking URI means a Databricks workspace: `databricks`, or `databricks://PROFILE`. */
export function isWorkspaceUri(trackingUri: string): boolean {
  return trackingUri === "databricks" || trackingUri.startsWith("databricks://");
}
