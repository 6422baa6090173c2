"""What a Databricks Spark job runs; `spark` is the cluster's."""

import sys

print(spark.range(10).count(), sys.argv[1:])  # noqa: F821
