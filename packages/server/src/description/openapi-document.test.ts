import { systemClock } from "@flightdeck/core";
import { type Endpoint, endpoints, ERROR_STATUS } from "@flightdeck/protocol";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openWalkedApp, type WalkedApp } from "../testing/walked-app.ts";
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";
import type { Operation } from "./operation.ts";
import type { OpenApiDocument } from "./openapi-document.ts";

let walked: WalkedApp;
let document: OpenApiDocument;
beforeAll(async () => {
  walked = await openWalkedApp(systemClock);
  const { status, body } = await walked.send({ method: "GET", url: "/api/openapi.json" });
  expect(status).toBe(200);
  document = JSON.parse(body) as OpenApiDocument; // The first test validates it.
});
afterAll(() => walked.close());

type Table = readonly (readonly [string, Endpoint])[];
const table: Table = Object.entries(endpoints);

function operations(): readonly Operation[] {
  return Object.values(document.paths).flatMap((methods) => Object.values(methods));
}

function operationAt(method: string, path: string): Operation {
  const operation = document.paths[path]?.[method.toLowerCase()];
  expect(operation, `${method} ${path} is described`).toBeDefined();
  return operation as Operation; // Otherwise the line above has thrown.
}

/** The described fields of a call's request: those of path, query and headers, and those of the body. */
function describedFields({ parameters, requestBody }: Operation): NonNullable<JsonSchema["properties"]> {
  const reference = requestBody?.content["application/json"]?.schema?.$ref ?? "";
  const body = document.components.schemas[reference.split("/").at(-1) ?? ""]?.properties ?? {};
  return { ...Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])), ...body };
}

describe("the document", () => {
  test("is valid OpenAPI 3.1, and every reference resolves", async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, to = ""]) => to);
    const known = Object.entries(document.components).flatMap(([kind, entries]) =>
      Object.keys(entries).map((name) => `#/components/${kind}/${name}`),
    );
    expect(references.length).toBeGreaterThan(100);
    expect([...new Set(references)].filter((to) => !known.includes(to))).toEqual([]);
  });

  test("has unique operation ids and paths", () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const paths = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, "{}"));
    expect(new Set(paths).size).toBe(paths.length);
  });

  test("tags each operation with a noun", () => {
    const tags = document.tags.map(({ name }) => name);
    for (const { tags: own } of operations()) expect(tags).toContain(own[0]);
    expect(tags.filter((tag) => /^(mlflow|flightdeck|v1|\d\.\d)$|[{}:]/.test(tag))).toEqual([]);
  });

  test("declares every path parameter", () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      for (const { parameters } of Object.values(methods)) {
        const own = parameters.filter(({ in: place }) => place === "path");
        expect([path, ...own.map(({ name }) => name).toSorted()]).toEqual([path, ...named.toSorted()]);
      }
    }
  });
});

describe("every endpoint of the table", () => {
  test.each(table)("%s is described for each version, with its permission and fields", (name, endpoint) => {
    const { methods, path, versions, access, creates, startsPrograms, request } = endpoint;
    const fields = Object.keys(jsonSchemaOf(request, "input").properties ?? {});
    for (const version of versions) {
      for (const method of methods) {
        const operation = operationAt(method, `/api/${version}${path}`);
        expect(operation.operationId.split("_")[0]).toBe(name);
        const { audience, level } = access;
        const declared = {
          audience,
          level,
          ...(creates && { creates }),
          ...(startsPrograms && { startsPrograms }),
        };
        expect(operation["x-permission"]).toMatchObject(declared);
        expect(operation.security.length === 0).toBe(audience === "anybody");
        expect(Object.keys(describedFields(operation)).toSorted()).toEqual(fields.toSorted());
      }
    }
  });

  test.each(table)(
    "%s has the bounds of its strings and lists",
    (name, { methods, versions, path, request }) => {
      const described = describedFields(operationAt(methods[0], `/api/${versions[0]}${path}`));
      expect([name, boundsOfJson({ properties: described })]).toEqual([name, boundsOfZod(request)]);
    },
  );

  test("accepts a request with only the required fields, and refuses one without them", () => {
    const wrong = table.flatMap(([name, { request }]) => {
      const { required = [] } = jsonSchemaOf(request, "input");
      const parsed = request.safeParse({});
      const missing = new Set(parsed.error?.issues.map(({ path }) => String(path[0])));
      return required.every((field) => missing.has(field)) ? [] : [[name, required, [...missing]]];
    });
    expect(wrong).toEqual([]);
  });
});

test("some fields of the table have bounds", () => {
  const bounds = table.flatMap(([, { request }]) => boundsOfZod(request));
  expect(bounds.length).toBeGreaterThan(100);
});

test("every mounted route is described, under one prefix or both", () => {
  const page = /^\/\*?$/; // The page's files are not calls.
  const routes = walked.routes.filter(({ url }) => !page.test(url));
  expect(routes.length).toBeGreaterThan(400);
  for (const { method, url, access } of routes) {
    const { audience, level } = access;
    const path = url
      .replace(/(?<!:):(\w+)/g, "{$1}")
      .replaceAll("::", ":")
      .replace(/\*$/, url.includes("/mpu/") ? "{folder}" : "{path}");
    const api = path.replace(/^\/ajax-api\//, "/api/");
    const operation = operationAt(method, api in document.paths ? api : path);
    expect(operation["x-permission"]).toMatchObject({ audience, level });
    if (operation.description.includes("Also served at")) {
      expect(operation.description).toContain(`Also served at ${api.replace(/^\/api/, "/ajax-api")}.`);
    }
  }
});

describe("the description of a call", () => {
  test("createRun has a body, the experiment that it acts on, and error codes by status", () => {
    const operation = operationAt("POST", "/api/2.0/mlflow/runs/create");
    expect(operation.summary).toBe("Create run");
    expect(operation.description).toBe(
      "Admins may call it, and users who hold CAN_EDIT or more on what it acts on (experiment). Also served at /ajax-api/2.0/mlflow/runs/create.",
    );
    expect(operation.parameters).toEqual([]);
    expect(operation.requestBody?.content).toEqual({
      "application/json": { schema: { $ref: "#/components/schemas/createRunRequest" } },
    });
    const { responses } = document.components;
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      expect(responses[`Error${status}`]?.description).toContain(code);
    }
    expect(Object.keys(operation.responses)).toEqual([
      "200",
      "400",
      "401",
      "403",
      "404",
      "409",
      "413",
      "429",
      "500",
      "503",
      "default",
    ]);
  });

  test("getRun has a query field with its bounds and the record it names", () => {
    const { parameters, requestBody } = operationAt("GET", "/api/2.0/mlflow/runs/get");
    expect(requestBody).toBeUndefined();
    expect(parameters).toEqual([
      {
        name: "run_id",
        in: "query",
        required: true,
        schema: { type: "string", minLength: 1, maxLength: 256, "x-resource": "run" },
      },
    ]);
  });

  test("an optional list is not required, although it is preprocessed", () => {
    const { searchRunsRequest, logBatchRequest } = document.components.schemas;
    expect(searchRunsRequest?.properties).toHaveProperty("order_by");
    expect(searchRunsRequest?.required).toBeUndefined();
    expect(logBatchRequest?.required).toEqual(["run_id"]);
  });

  test("createExperiment says that the creator may manage the experiment", () => {
    const { description } = operationAt("POST", "/api/2.0/mlflow/experiments/create");
    expect(description).toContain("Every user may call it. Whoever creates an experiment may manage it.");
  });

  test("routes outside of the table have paths, headers, any body, signed URLs and a single prefix", () => {
    const proxied = "/api/2.0/mlflow-artifacts/artifacts/{path}";
    expect(operationAt("PUT", proxied).requestBody).toEqual({ required: false, content: { "*/*": {} } });
    expect(operationAt("HEAD", proxied).operationId).toBe("downloadProxiedArtifact_head");
    const spans = operationAt("POST", "/v1/traces").parameters;
    expect(spans.map(({ name, in: place, required }) => [name, place, required])).toEqual([
      ["x-mlflow-experiment-id", "header", true],
      ["x-mlflow-run-id", "header", false],
    ]);
    const part = operationAt("PUT", "/api/2.0/signed/uploads/{uploadId}/{part}");
    expect(part.description).toContain("its signature is the permission");
    const upload = operationAt("POST", "/api/2.0/mlflow-artifacts/mpu/create/{folder}");
    expect(Object.keys(describedFields(upload))).toEqual(["folder", "path", "num_parts"]);
    expect(operationAt("GET", "/ajax-api/flightdeck/events").tags).toEqual(["server"]);
    expect(operationAt("GET", "/api/2.0/flightdeck/jobs/runs/read-log").tags).toEqual(["jobs"]);
  });
});

type Bound = readonly [string, "text" | "list", number];

/** The bounds in a JSON Schema, of a field and its nested fields. */
function boundsOfJson(schema: JsonSchema, place = ""): readonly Bound[] {
  const { maxLength, maxItems, items, properties = {}, anyOf = [], oneOf = [] } = schema;
  return sorted([
    ...(schema.type === "string" && maxLength !== undefined ? [[place, "text", maxLength] as const] : []),
    ...(maxItems === undefined ? [] : [[place, "list", maxItems] as const]),
    ...(items === undefined ? [] : boundsOfJson(items as JsonSchema, `${place}[]`)), // Requests have no tuples.
    ...Object.entries(properties).flatMap(([name, part]) =>
      boundsOfJson(part as JsonSchema, `${place}.${name}`),
    ),
    ...[...anyOf, ...oneOf].flatMap((part) => boundsOfJson(part, place)),
  ]);
}

/** The same from the zod schemas that validate requests. */
function boundsOfZod(schema: unknown, place = ""): readonly Bound[] {
  if (schema instanceof z.ZodString) return maxOf(schema.maxLength ?? undefined, place, "text");
  if (schema instanceof z.ZodArray) {
    const max = schema.def.checks?.map(maxLengthOf).find((each) => each !== undefined);
    return sorted([...maxOf(max, place, "list"), ...boundsOfZod(schema.element, `${place}[]`)]);
  }
  if (schema instanceof z.ZodObject) {
    return sorted(
      Object.entries(schema.shape).flatMap(([name, field]) => boundsOfZod(field, `${place}.${name}`)),
    );
  }
  if (schema instanceof z.ZodUnion) return sorted(schema.options.flatMap((each) => boundsOfZod(each, place)));
  if (schema instanceof z.ZodPipe) {
    return boundsOfZod(schema.in instanceof z.ZodTransform ? schema.out : schema.in, place);
  }
  const isWrapper =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? boundsOfZod(schema.unwrap(), place) : [];
}

/** zod exposes the maximum of a list only inside of the check. */
function maxLengthOf(check: object): number | undefined {
  const { def } = Reflect.get(check, "_zod") as { def: { check: string; maximum?: number } }; // zod's internal type.
  return def.check === "max_length" ? def.maximum : undefined;
}

function maxOf(max: number | undefined, place: string, kind: "text" | "list"): readonly Bound[] {
  return max === undefined ? [] : [[place, kind, max]];
}

function sorted(bounds: readonly Bound[]): readonly Bound[] {
  return bounds.toSorted((a, b) => a.join().localeCompare(b.join()));
}
