import { endpoints, parseRequest } from "@flightdeck/protocol";
import { expect, test } from "vitest";
import { describeMapping } from "./clusters.ts";

const machine = { cores: 2, memoryMb: 8000, gpus: 0 };
const mappingOf = (definition: object, on = machine): string =>
  describeMapping(parseRequest(endpoints.createCluster, { spark_version: "x", ...definition }), on);

test("describes how the guide's cluster maps to this machine", () => {
  const guide = {
    autoscale: { min_workers: 7, max_workers: 8 },
    spark_version: "6.6.x-gpu-ml-scala2.11",
    spark_conf: { "spark.executor.cores": "2" },
    aws_attributes: { first_on_demand: 1, zone_id: "us-west-2a" },
    node_type_id: "p3.2xlarge",
    driver_node_type_id: "p3.2xlarge",
    ssh_public_keys: [],
    custom_tags: {},
    cluster_log_conf: { dbfs: { destination: "dbfs:/cluster-logs" } },
    spark_env_vars: {},
    enable_elastic_disk: false,
    cluster_source: "UI",
    init_scripts: [],
  };
  expect(mappingOf(guide)).toBe(
    "Asked for a driver of p3.2xlarge and 7 to 8 workers of p3.2xlarge, 6.6.x-gpu-ml-scala2.11; " +
      "got this machine: 2 cores, 7.8 GB of memory, no GPU, driver and workers in one. " +
      "No effect here: spark_conf, aws_attributes.",
  );
});

test("names the fields without effect, except those that request nothing", () => {
  expect(mappingOf({}, { cores: 1, memoryMb: 1024, gpus: 2 })).toBe(
    "Asked for x; got this machine: 1 core, 1.0 GB of memory, 2 GPUs, driver and workers in one.",
  );
  const asks = {
    num_workers: 1,
    init_scripts: [{ dbfs: { destination: "dbfs:/x.sh" } }],
    cluster_log_conf: { s3: { destination: "s3://b" } },
    autotermination_minutes: 10,
  };
  expect(mappingOf(asks)).toMatch(
    /Asked for 1 worker, x;.* No effect here: autotermination_minutes, init_scripts, cluster_log_conf\.s3\.$/,
  );
});
