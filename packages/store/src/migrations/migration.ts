import type { DdlTerms } from "../database/dialect.ts";
import type { Work } from "../database/work.ts";

/** One numbered step of the schema. Once released it never changes; a later one corrects it. */
export type Migration = {
  readonly version: number;
  readonly name: string;
  statements(ddl: DdlTerms): readonly string[];
  /** What is done to rows after that and that SQL cannot say. */
  readonly change?: () => Work<void>;
};
