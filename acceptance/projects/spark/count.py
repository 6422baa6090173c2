"""The program of a Databricks Spark job; the cluster provides `spark`."""

import sys

print(spark.range(10).count(), sys.argv[1:])  # noqa: F821
