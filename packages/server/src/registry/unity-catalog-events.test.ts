import { type Endpoint, type EndpointName, endpoints } from "@flightdeck/protocol";
import { describe, expect, test } from "vitest";

/* Pages and webhooks get the same events, whichever dialect changed the model. */

const NAME = "main.ml.airline";
const LEVELS = { catalog_name: "main", schema_name: "ml", model_name: "airline" };
const tag = { key: "k", value: "v" };
const tagged = { securable_type: "FUNCTION", securable_full_name: NAME, subentity_name: "1" };
const adding = { ...tagged, changes: { add_tags: [tag], remove: [] } };
const removing = { ...tagged, changes: { add_tags: [], remove: ["k"] } };
const version = { version: "1", source: "s", run_id: "r" };
const created = { name: NAME, tags: [tag], description: "d" };
const byLevels = { ...LEVELS, tags: [tag], comment: "d" };

type Call = readonly [name: EndpointName, request: object, response: object];

const ALIKE: readonly (readonly [Call, ...Call[]])[] = [
  [
    ["createRegisteredModel", created, {}],
    ["createUnityCatalogModel", created, {}],
    ["createCatalogModel", { ...byLevels, name: "airline" }, { full_name: NAME }],
  ],
  [
    ["createModelVersion", created, { model_version: version }],
    ["createUnityCatalogVersion", created, { model_version: version }],
    ["createCatalogVersion", byLevels, { ...LEVELS, ...version, version: 1 }],
  ],
  [
    ["setRegisteredModelTag", { name: NAME, ...tag }, {}],
    ["setUnityCatalogModelTag", { name: NAME, ...tag }, {}],
    ["tagCatalogModel", adding, {}],
  ],
  [
    ["deleteRegisteredModelTag", { name: NAME, key: "k" }, {}],
    ["deleteUnityCatalogModelTag", { name: NAME, key: "k" }, {}],
    ["tagCatalogModel", removing, {}],
  ],
  [
    ["setModelVersionTag", { name: NAME, version: "1", ...tag }, {}],
    ["setUnityCatalogVersionTag", { name: NAME, version: "1", ...tag }, {}],
    ["tagCatalogVersion", adding, {}],
  ],
  [
    ["deleteModelVersionTag", { name: NAME, version: "1", key: "k" }, {}],
    ["deleteUnityCatalogVersionTag", { name: NAME, version: "1", key: "k" }, {}],
    ["tagCatalogVersion", removing, {}],
  ],
  [
    ["setRegisteredModelAlias", { name: NAME, version: "1", alias: "a" }, {}],
    ["setUnityCatalogModelAlias", { name: NAME, version: "1", alias: "a" }, {}],
    ["setCatalogModelAlias", { full_name: NAME, version_num: 1, alias: "a" }, {}],
  ],
  [
    ["deleteRegisteredModelAlias", { name: NAME, alias: "a" }, {}],
    ["deleteUnityCatalogModelAlias", { name: NAME, alias: "a" }, {}],
    ["deleteCatalogModelAlias", { full_name: NAME, alias: "a" }, {}],
  ],
];

function eventsOf([name, request, response]: Call) {
  const { registryEvent, changes }: Endpoint = endpoints[name];
  return { event: registryEvent?.(request, response), changes: changes?.(request, response) };
}

describe.each(ALIKE)("%s", (first, ...others) => {
  const { event, changes } = eventsOf(first);

  test("sends an event and a change", () => {
    expect(event).toMatchObject({ name: NAME, data: { name: NAME } });
    expect(changes).toEqual([{ kind: "registered_model", id: NAME }]);
  });

  test.each(others)("%s sends the same", (...other) => {
    expect(eventsOf(other)).toEqual({ event, changes });
  });
});
