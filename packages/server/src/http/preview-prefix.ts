/** Clients before 2.0 knew most calls below `/preview` too; it is cut from a request target before it is routed. */
export function withoutPreview(target: string): string {
  return target.replace(PREVIEW, "$1/mlflow/");
}

const PREVIEW = /^(\/(?:ajax-)?api\/2\.0)\/preview\/mlflow\//;
