import { expect, test } from "vitest";
import { parseClusterRequest } from "./cluster-request.ts";

const CLUSTER = { spark_version: "15.4.x-scala2.12", num_workers: 2 };

test("parses a cluster definition, alone or with libraries", () => {
  expect(parseClusterRequest(CLUSTER)).toEqual({ newCluster: CLUSTER, libraries: [] });
  const libraries = [{ pypi: { package: "scikit-learn" } }];
  expect(parseClusterRequest({ new_cluster: CLUSTER, libraries })).toEqual({
    newCluster: CLUSTER,
    libraries,
  });
  expect(parseClusterRequest({ new_cluster: CLUSTER })).toEqual({ newCluster: CLUSTER, libraries: [] });
});

test.each([
  [undefined, "Backend spec must be provided"],
  [{ existing_cluster_id: "1" }, "must provide a *new cluster* specification"],
  [{ new_cluster: "small" }, 'new_cluster must be an object, got "small"'],
  [{ new_cluster: CLUSTER, libraries: ["x"] }, 'libraries must be a list of objects, got ["x"]'],
])("rejects %j", (config, message) => {
  expect(() => parseClusterRequest(config)).toThrow(message);
});
