/** What a `models:` URI names. */
export type ModelReference =
  | { readonly by: "id"; readonly modelId: string }
  | { readonly by: "version"; readonly name: string; readonly version: string }
  | { readonly by: "alias"; readonly name: string; readonly alias: string }
  /** A stage of the old registry, or `latest` for the newest version of all. */
  | { readonly by: "stage"; readonly name: string; readonly stage: string };

/**
 * Where an artifact is, read from its URI. Paths inside of an artifact root are relative, decoded and checked; "" is
 * the root itself.
 */
export type ArtifactUri =
  /** Behind the proxy of a tracking server: the one that is in use, or that of `host` ("name:port"). */
  | { readonly kind: "mlflow-artifacts"; readonly host?: string; readonly path: string }
  /** A place on this machine; `file` is absolute. */
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "runs"; readonly runId: string; readonly path: string }
  | { readonly kind: "models"; readonly model: ModelReference; readonly path: string }
  /** `path` is absolute, as DBFS has it. */
  | { readonly kind: "dbfs"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly key: string }
  | { readonly kind: "http"; readonly url: string }
  /** A scheme that may stand in a record made elsewhere, `gs` or `wasbs` say, and that nothing here opens. */
  | { readonly kind: "other"; readonly scheme: string; readonly uri: string };
