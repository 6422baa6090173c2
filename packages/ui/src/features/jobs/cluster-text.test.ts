import { describe, expect, it } from "vitest";
import { clusterAskedFor, clusterGot } from "./cluster-text.ts";

describe("a cluster in words", () => {
  it.each([
    [
      { node_type_id: "p3.2xlarge", autoscale: { min_workers: 7, max_workers: 8 }, spark_version: "7.x" },
      "p3.2xlarge, 7–8 workers, Spark 7.x",
    ],
    [{ node_type_id: "p3.2xlarge", num_workers: 1 }, "p3.2xlarge, 1 worker"],
    [{ num_workers: 0 }, "0 workers"],
    [{ autoscale: { max_workers: 3 } }, "0–3 workers"],
    [{}, "–"],
  ])("%j asks for %s", (spec, text) => {
    expect(clusterAskedFor(spec)).toBe(text);
  });

  it("got what the machine has, while it runs", () => {
    expect(clusterGot({ cluster_cores: 4, cluster_memory_mb: 16_000 })).toBe("4 cores, 15.6 GB");
    expect(clusterGot({ cluster_cores: 1 })).toBe("1 core");
    expect(clusterGot({})).toBeUndefined();
  });
});
