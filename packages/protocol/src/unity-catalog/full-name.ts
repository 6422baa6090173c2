/** A registered model's name in its parts. A name without dots has neither a catalog nor a schema. */
export type FullName = {
  readonly catalogName?: string;
  readonly schemaName?: string;
  readonly name: string;
};

/** Splits `<catalog>.<schema>.<model>`; a name of any other shape is a model's alone. */
export function splitFullName(fullName: string): FullName {
  const [catalogName, schemaName, name, ...rest] = fullName.split(".");
  if (catalogName === undefined || schemaName === undefined || name === undefined || rest.length > 0) {
    return { name: fullName };
  }
  return { catalogName, schemaName, name };
}
