import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { bool, foreignMap, int64, longText, repeated, requiredText, textMap } from "../scalars.ts";

const text = longText.optional();
const texts = textMap.optional();
/** What a cloud is told, and this machine has no use for. */
const elsewhere = foreignMap.optional();

/**
 * A cluster as its owner asks for it (https://docs.databricks.com/api/workspace/clusters/create). It is kept as it came,
 * without keys that are not here: MLflow's clients add some of their own.
 */
export const clusterSpecSchema = z.object({
  cluster_name: text,
  cluster_source: text,
  spark_version: text,
  node_type_id: text,
  driver_node_type_id: text,
  num_workers: int64.optional(),
  autoscale: z.object({ min_workers: int64.optional(), max_workers: int64.optional() }).optional(),
  autotermination_minutes: int64.optional(),
  spark_conf: texts,
  spark_env_vars: texts,
  custom_tags: texts,
  cluster_log_conf: z
    .object({
      dbfs: z.object({ destination: requiredText }).optional(),
      s3: elsewhere,
      volumes: elsewhere,
    })
    .optional(),
  aws_attributes: elsewhere,
  azure_attributes: elsewhere,
  gcp_attributes: elsewhere,
  docker_image: elsewhere,
  workload_type: elsewhere,
  init_scripts: repeated(foreignMap, LIMITS.requestItemsMax),
  ssh_public_keys: repeated(longText, LIMITS.requestItemsMax),
  instance_pool_id: text,
  driver_instance_pool_id: text,
  policy_id: text,
  data_security_mode: text,
  runtime_engine: text,
  single_user_name: text,
  kind: text,
  is_single_node: bool.optional(),
  use_ml_runtime: bool.optional(),
  enable_elastic_disk: bool.optional(),
  enable_local_disk_encryption: bool.optional(),
});
export type ClusterSpecWire = z.output<typeof clusterSpecSchema>;
