import { assert } from "@flightdeck/core";
import { type Compilable, type CompiledQuery, type Expression, sql } from "kysely";
import type { Dialect, QueryBuilder } from "./dialect.ts";
import type { Query } from "./work.ts";

/** A query built on every use, for searches whose shape depends on the request. */
export function query<TRow>(build: (db: QueryBuilder, dialect: Dialect) => Compilable<TRow>): Query<TRow> {
  return { kind: "query", compile: (dialect) => build(dialect.builder, dialect).compile() };
}

/**
 * A query compiled once per dialect and only bound on each use, for the hot path. Building and compiling take tens of
 * microseconds; running a prepared statement takes two.
 *
 * @example
 * ```
 * const selectRun = statement<{ runId: string }>()((db, arg) =>
 *   db.selectFrom("runs").selectAll().where("run_uuid", "=", arg("runId")),
 * );
 * const row = yield* first(selectRun({ runId }));
 * ```
 */
export function statement<TArgs extends Readonly<Record<string, unknown>>>(): <TRow>(
  build: (db: QueryBuilder, arg: Arg<TArgs>, dialect: Dialect) => Compilable<TRow>,
) => (args: TArgs) => Query<TRow> {
  return (build) => {
    const compiled = new WeakMap<Dialect, CompiledQuery>();
    return (args) => ({
      kind: "query",
      isFixed: true,
      compile: (dialect) => {
        let template = compiled.get(dialect);
        if (template === undefined) {
          template = build(dialect.builder, placeholder, dialect).compile();
          compiled.set(dialect, template);
        }
        return { sql: template.sql, parameters: bind(template.parameters, args) };
      },
    });
  };
}

/** A query from literal SQL without arguments. */
export function fixed<TRow>(text: string): Query<TRow> {
  return { kind: "query", compile: () => ({ sql: text, parameters: [] }) };
}

/** Returns the placeholder for an argument. */
export type Arg<TArgs> = <TName extends keyof TArgs & string>(name: TName) => Expression<TArgs[TName]>;

class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function placeholder<T>(name: string): Expression<T> {
  return sql<T>`${new Placeholder(name)}`;
}

function bind(template: readonly unknown[], args: Readonly<Record<string, unknown>>): readonly unknown[] {
  return template.map((parameter) => {
    if (!(parameter instanceof Placeholder)) return parameter;
    const value = args[parameter.name];
    assert(value !== undefined, `statement argument ${parameter.name} is missing`);
    return value;
  });
}
