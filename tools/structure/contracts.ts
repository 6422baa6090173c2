import type { Directive, Statement } from "oxc-parser";
import type { ImportGraph, Module } from "./import-graph.ts";

/** A name exported to other packages, and whether its declaration has a doc comment. */
export type PublicName = { readonly name: string; readonly entryPoint: string; readonly documented: boolean };

/** The names exported by each of a package's entry points. */
export function publicNames(graph: ImportGraph, packageName: string): readonly PublicName[] {
  const entryPoints = graph.entryPoints.get(`packages/${packageName}`) ?? [];
  return entryPoints.flatMap((entryPoint) =>
    exportedNames(graph, entryPoint).map((name) => ({
      name,
      entryPoint,
      documented: isDocumented(graph, entryPoint, name),
    })),
  );
}

/** The names of interfaces and type aliases that both packages declare and export: one concept in two versions. */
export function twinTypes(graph: ImportGraph, a: string, b: string): readonly string[] {
  const ofB = typeNames(graph, b);
  return [...typeNames(graph, a)].filter((name) => ofB.has(name)).toSorted();
}

function typeNames({ modules }: ImportGraph, packageName: string): ReadonlySet<string> {
  const own = [...modules.values()].filter((module) => module.packageName === packageName);
  return new Set(
    own.flatMap(({ parsed }) =>
      parsed.program.body.flatMap((statement) => {
        const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : null;
        const isType =
          declaration?.type === "TSInterfaceDeclaration" || declaration?.type === "TSTypeAliasDeclaration";
        return isType ? [declaration.id.name] : [];
      }),
    ),
  );
}

function exportedNames(graph: ImportGraph, path: string): readonly string[] {
  const module = graph.modules.get(path);
  if (module === undefined) return [];
  const entries = module.parsed.module.staticExports.flatMap((statement) => statement.entries);
  const names = entries.flatMap(({ exportName, moduleRequest }) => {
    if (exportName.name !== null) return [exportName.name];
    const source = moduleRequest === null ? undefined : graph.resolve(path, moduleRequest.value);
    return source === undefined ? [] : exportedNames(graph, source); // `export * from`
  });
  return [...new Set(names)];
}

/** Follows a name through re-exports to its declaration. Declarations in other projects are not checked. */
function isDocumented(graph: ImportGraph, path: string, name: string): boolean {
  const module = graph.modules.get(path);
  if (module === undefined) return true;
  for (const { entries, start } of module.parsed.module.staticExports) {
    for (const { exportName, importName, localName, moduleRequest } of entries) {
      const source = moduleRequest === null ? undefined : graph.resolve(path, moduleRequest.value);
      if (exportName.name === name) {
        if (moduleRequest === null) return isDocumentedHere(graph, module, localName.name ?? name);
        if (importName.name === null) return hasDocComment(module, start); // `export * as name from`
        return source === undefined || isDocumented(graph, source, importName.name ?? name);
      }
      const isStar = exportName.name === null && source !== undefined;
      if (isStar && exportedNames(graph, source).includes(name)) return isDocumented(graph, source, name);
    }
  }
  return false;
}

function isDocumentedHere(graph: ImportGraph, module: Module, local: string): boolean {
  const declarations = module.parsed.program.body.filter((statement) => declares(statement, local));
  if (declarations.length > 0) return declarations.some(({ start }) => hasDocComment(module, start));
  for (const { moduleRequest, entries } of module.parsed.module.staticImports) {
    const entry = entries.find(({ localName }) => localName.value === local);
    const source = graph.resolve(module.path, moduleRequest.value);
    if (entry !== undefined && source !== undefined) {
      return isDocumented(graph, source, entry.importName.name ?? "default");
    }
  }
  return true; // Imported from another project.
}

function declares(statement: Statement | Directive, name: string): boolean {
  const declaration =
    statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration"
      ? statement.declaration
      : statement;
  if (declaration?.type === "VariableDeclaration") {
    return declaration.declarations.some(({ id }) => id.type === "Identifier" && id.name === name);
  }
  return (
    declaration !== null &&
    "id" in declaration &&
    declaration.id?.type === "Identifier" &&
    declaration.id.name === name
  );
}

function hasDocComment({ parsed, text }: Module, start: number): boolean {
  return parsed.comments.some(
    (comment) =>
      comment.type === "Block" &&
      comment.value.startsWith("*") &&
      comment.end <= start &&
      text.slice(comment.end, start).trim() === "",
  );
}
