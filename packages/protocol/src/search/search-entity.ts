import type { Comparator, FieldKind } from "./filter.ts";

/** The fields that each entity can be filtered and sorted by. The parser and the stores share this table. */
export type SearchEntity = {
  /** Prefixes before the dot. */
  readonly prefixes: Readonly<Record<string, FieldKind>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Aliases of attributes. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Other kinds of fields that a filter may use, with their comparators. */
  readonly comparators: Readonly<Partial<Record<Exclude<FieldKind, "attribute">, readonly Comparator[]>>>;
  readonly orderKinds: readonly FieldKind[];
};

/** An attribute that searches may use, with its type. */
export type Attribute = {
  /** An integer may also be given as text, as in `version_number = '5'`. */
  readonly type: "text" | "number" | "integer";
  readonly comparators: readonly Comparator[];
  readonly canOrder: boolean;
};

const NUMBER_COMPARATORS = ["=", "!=", ">", ">=", "<", "<=", "BETWEEN"] as const;
const TEXT_COMPARATORS = ["=", "!=", "LIKE", "ILIKE"] as const;
const LIST_COMPARATORS = ["IN", "NOT IN"] as const;
const NULL_COMPARATORS = ["IS NULL", "IS NOT NULL"] as const;
const ASSESSMENT_COMPARATORS = [...NUMBER_COMPARATORS, "LIKE", "ILIKE", ...NULL_COMPARATORS] as const;

const text: Attribute = { type: "text", comparators: TEXT_COMPARATORS, canOrder: true };
const listable: Attribute = { ...text, comparators: [...TEXT_COMPARATORS, ...LIST_COMPARATORS] };
const number: Attribute = { type: "number", comparators: NUMBER_COMPARATORS, canOrder: true };
const integer: Attribute = { ...number, type: "integer" };
const filterOnly = (attribute: Attribute): Attribute => ({ ...attribute, canOrder: false });
const orderOnly = (attribute: Attribute): Attribute => ({ ...attribute, comparators: [] });

const attributePrefixes = { attribute: "attribute", attributes: "attribute", attr: "attribute" } as const;
const tagPrefixes = { tag: "tag", tags: "tag" } as const;
const metricPrefixes = { metric: "metric", metrics: "metric" } as const;
const paramPrefixes = {
  parameter: "parameter",
  parameters: "parameter",
  param: "parameter",
  params: "parameter",
} as const;

/** Source: `mlflow/utils/search_utils.py` and `mlflow/utils/search_logged_model_utils.py`. */
export const SEARCH_ENTITIES = {
  runs: {
    prefixes: {
      ...metricPrefixes,
      ...paramPrefixes,
      ...tagPrefixes,
      ...attributePrefixes,
      run: "attribute",
      dataset: "dataset",
      datasets: "dataset",
    },
    attributes: {
      run_id: listable,
      run_name: text,
      status: text,
      artifact_uri: text,
      user_id: text,
      start_time: number,
      end_time: number,
    },
    aliases: {
      created: "start_time",
      Created: "start_time",
      "run name": "run_name",
      "Run name": "run_name",
      "Run Name": "run_name",
    },
    comparators: {
      metric: NUMBER_COMPARATORS,
      parameter: [...TEXT_COMPARATORS, ...NULL_COMPARATORS],
      tag: [...TEXT_COMPARATORS, ...NULL_COMPARATORS],
      dataset: [...TEXT_COMPARATORS, ...LIST_COMPARATORS],
    },
    orderKinds: ["attribute", "metric", "parameter", "tag"],
  },
  experiments: {
    prefixes: { ...attributePrefixes, ...tagPrefixes },
    attributes: {
      name: text,
      experiment_id: { type: "text", comparators: ["=", "!=", ...LIST_COMPARATORS], canOrder: true },
      creation_time: integer,
      last_update_time: integer,
    },
    aliases: {},
    comparators: { tag: [...TEXT_COMPARATORS, ...NULL_COMPARATORS] },
    orderKinds: ["attribute"],
  },
  registeredModels: {
    prefixes: { ...attributePrefixes, ...tagPrefixes },
    attributes: {
      name: listable,
      creation_timestamp: orderOnly(integer),
      last_updated_timestamp: orderOnly(integer),
    },
    aliases: { timestamp: "last_updated_timestamp" },
    comparators: { tag: TEXT_COMPARATORS },
    orderKinds: ["attribute"],
  },
  modelVersions: {
    prefixes: { ...attributePrefixes, ...tagPrefixes },
    attributes: {
      name: listable,
      version_number: integer,
      run_id: filterOnly(listable),
      source_path: filterOnly(text),
      creation_timestamp: orderOnly(integer),
      last_updated_timestamp: orderOnly(integer),
    },
    aliases: {},
    comparators: { tag: TEXT_COMPARATORS },
    orderKinds: ["attribute"],
  },
  loggedModels: {
    prefixes: { ...attributePrefixes, ...metricPrefixes, ...paramPrefixes, ...tagPrefixes },
    attributes: {
      name: listable,
      model_id: listable,
      model_type: listable,
      status: listable,
      source_run_id: listable,
      artifact_location: listable,
      creation_timestamp: integer,
      last_updated_timestamp: integer,
    },
    aliases: {
      creation_time: "creation_timestamp",
      creation_timestamp_ms: "creation_timestamp",
      last_updated_timestamp_ms: "last_updated_timestamp",
    },
    comparators: {
      metric: NUMBER_COMPARATORS,
      parameter: [...TEXT_COMPARATORS, ...LIST_COMPARATORS],
      tag: [...TEXT_COMPARATORS, ...LIST_COMPARATORS],
    },
    orderKinds: ["attribute", "metric"],
  },
  traces: {
    prefixes: {
      ...attributePrefixes,
      ...tagPrefixes,
      trace: "attribute",
      request_metadata: "request_metadata",
      metadata: "request_metadata",
      span: "span",
      feedback: "feedback",
      expectation: "expectation",
    },
    attributes: {
      request_id: listable,
      client_request_id: filterOnly(listable),
      experiment_id: orderOnly(text),
      name: listable,
      run_id: listable,
      status: listable,
      text: { type: "text", comparators: ["LIKE", "ILIKE"], canOrder: false },
      timestamp_ms: number,
      execution_time_ms: number,
      end_time_ms: number,
    },
    aliases: {
      timestamp: "timestamp_ms",
      execution_time: "execution_time_ms",
      end_time: "end_time_ms",
    },
    comparators: {
      tag: [...TEXT_COMPARATORS, ...NULL_COMPARATORS],
      request_metadata: [...TEXT_COMPARATORS, ...NULL_COMPARATORS],
      span: [...TEXT_COMPARATORS, ...LIST_COMPARATORS],
      feedback: ASSESSMENT_COMPARATORS,
      expectation: ASSESSMENT_COMPARATORS,
    },
    orderKinds: ["attribute", "tag", "request_metadata"],
  },
} as const satisfies Readonly<Record<string, SearchEntity>>;

/** A searchable entity: a key of `SEARCH_ENTITIES`. */
export type SearchEntityName = keyof typeof SEARCH_ENTITIES;

/** Searchable fields of a run's dataset; `context` is its tag `mlflow.data.context`. */
export const DATASET_FIELDS = ["name", "digest", "context"] as const;

/** Searchable fields of a trace's spans, in addition to `attributes.<name>`; `content` is the whole span as text. */
export const SPAN_FIELDS = ["name", "type", "status", "content"] as const;
