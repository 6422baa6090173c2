import type { DdlTerms } from "../database/dialect.ts";
import type { Work } from "../database/work.ts";

/** One numbered schema change. Never modified after its release; a later migration corrects it. */
export type Migration = {
  readonly version: number;
  readonly name: string;
  statements(ddl: DdlTerms): readonly string[];
  /** Changes to rows that SQL cannot express, made after the statements. */
  readonly change?: () => Work<void>;
};
