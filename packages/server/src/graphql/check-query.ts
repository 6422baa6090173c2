import { type DocumentNode, GraphQLError, type SelectionNode, type SelectionSetNode } from "graphql";
import { BOUNDS } from "../bounds.ts";

/**
 * Refuses queries whose work would outgrow their text: fragments are counted wherever they are spread, and the counting
 * itself stops at the bound. Aliases let one query ask the same many times.
 */
export function checkQuery(document: DocumentNode): void {
  const count: Count = { fields: 0, aliases: 0, fragments: fragmentsOf(document) };
  for (const definition of document.definitions) {
    if (definition.kind !== "OperationDefinition") continue;
    const roots = countSelections(definition.selectionSet, 1, count);
    if (roots > BOUNDS.graphqlRootFieldsMax) throw tooMany("root fields", BOUNDS.graphqlRootFieldsMax, roots);
  }
  if (count.aliases > BOUNDS.graphqlAliasesMax) {
    throw tooMany("aliases", BOUNDS.graphqlAliasesMax, count.aliases);
  }
}

type Count = { fields: number; aliases: number; readonly fragments: Fragments };
type Fragments = ReadonlyMap<string, SelectionSetNode>;

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === "FragmentDefinition" ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
}

/** How many fields there are at this level, those of fragments among them. */
function countSelections({ selections }: SelectionSetNode, depth: number, count: Count): number {
  if (depth > BOUNDS.graphqlDepthMax) {
    throw new GraphQLError(`Query exceeds maximum depth of ${BOUNDS.graphqlDepthMax}`);
  }
  return selections.reduce((fields, selection) => fields + countSelection(selection, depth, count), 0);
}

function countSelection(selection: SelectionNode, depth: number, count: Count): number {
  count.fields += 1; // A spread counts too, so that fragments in a ring come to an end.
  if (count.fields > BOUNDS.graphqlFieldsMax) {
    throw new GraphQLError(`Query exceeds maximum total selections of ${BOUNDS.graphqlFieldsMax}`);
  }
  if (selection.kind === "InlineFragment") return countSelections(selection.selectionSet, depth, count);
  if (selection.kind === "FragmentSpread") {
    const fragment = count.fragments.get(selection.name.value);
    return fragment === undefined ? 0 : countSelections(fragment, depth, count);
  }
  if (selection.alias !== undefined) count.aliases += 1;
  if (selection.selectionSet !== undefined) countSelections(selection.selectionSet, depth + 1, count);
  return 1;
}

function tooMany(what: string, most: number, got: number): GraphQLError {
  return new GraphQLError(`GraphQL queries should have at most ${most} ${what}, got ${got} ${what}.`);
}
