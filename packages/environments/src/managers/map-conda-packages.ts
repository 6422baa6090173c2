import type { CondaDefinition, CondaPackage } from "../definition/environment-definition.ts";
import {
  allowsVersion,
  compareVersions,
  shownConstraints,
  toRequirement,
  type VersionConstraint,
} from "../python/version-constraint.ts";

/** The pip equivalent of a conda package. */
export type MappedPackage = {
  /** The conda package as written in the file. */
  readonly asked: string;
  /** `mapped`: same version. `changed`: another version. `dropped`: not needed with pip. `missing`: not on PyPI. */
  readonly outcome: "mapped" | "changed" | "dropped" | "missing";
  /** The pip requirement to install instead. */
  readonly requirement?: string | undefined;
  /** Why the outcome is not `mapped`. */
  readonly reason?: string | undefined;
};

/** What replaces a conda package. */
type CondaCounterpart =
  | {
      /** The package's name on PyPI, with extras if needed. */
      readonly pypi: string;
      /** The first version on PyPI under that name; absent when PyPI has all of conda's. */
      readonly since?: string | undefined;
    }
  /** Why it is not needed without conda. */
  | { readonly dropped: string };

/** Packages with the same name and versions on PyPI as on conda-forge. */
const SAME_NAME = `
  absl-py aiohttp alembic altair astropy attrs beautifulsoup4 black bokeh boto3 botocore catboost click cloudpickle
  colorama cryptography cycler cython databricks-cli databricks-sdk datasets dill distributed docker entrypoints
  fastapi filelock flask fsspec gensim google-cloud-storage graphviz gunicorn h5py holoviews httpx huggingface_hub
  hyperopt imbalanced-learn ipykernel ipython ipywidgets jax jaxlib jinja2 joblib jsonschema jupyter jupyterlab keras
  lightgbm lightning llvmlite lxml markdown matplotlib mleap mlflow mlflow-skinny mypy networkx nltk notebook numba
  numexpr numpy omegaconf onnx onnxruntime openpyxl optuna orjson packaging pandas patsy pillow pip plotly pluggy
  polars prometheus_client prophet protobuf psutil psycopg2 pyarrow pydantic pydot pyopenssl pyparsing pyspark pytest
  python-dateutil pytorch-lightning pytz pyyaml pyzmq ray-default regex requests rich ruff s3fs sacremoses
  scikit-image scikit-learn scikit-optimize scipy seaborn sentence-transformers sentencepiece setuptools shap simplejson
  six sktime spacy sqlalchemy sqlparse starlette statsmodels sympy tabulate tensorboard tensorflow
  thinc threadpoolctl tokenizers toolz torchmetrics torchvision tornado tqdm transformers typing_extensions urllib3
  uvicorn waitress werkzeug wheel xarray xgboost xlrd zstandard
`;

/** RAPIDS names its wheels after the CUDA version that they contain. There are none before this version. */
const RAPIDS_SINCE = "23.6";

const RAPIDS = `cudf cuml cugraph rmm dask-cudf cuxfilter pylibraft raft-dask`;

const CUDA_RUNTIME = "the wheels bring their own CUDA runtime";

const COMPILER = "wheels are already compiled";

/** Packages with another name on PyPI, and packages that pip does not need. */
const OTHERS: Readonly<Record<string, CondaCounterpart>> = {
  "boost-cpp": { dropped: COMPILER },
  "ca-certificates": { dropped: "Python wheels use certifi or the system's certificates" },
  certifi: { pypi: "certifi" },
  compilers: { dropped: COMPILER },
  cuda: { dropped: CUDA_RUNTIME },
  "cuda-version": { dropped: CUDA_RUNTIME },
  cudatoolkit: { dropped: CUDA_RUNTIME },
  cudnn: { dropped: CUDA_RUNTIME },
  cupy: { pypi: "cupy-cuda12x", since: "11.5" },
  cpuonly: { dropped: "it only chooses among conda's builds of PyTorch" },
  dask: { pypi: "dask[complete]" },
  "dask-core": { pypi: "dask" },
  "dask-cuda": { pypi: "dask-cuda" },
  faiss: { pypi: "faiss-cpu" },
  "faiss-cpu": { pypi: "faiss-cpu" },
  "importlib-metadata": { pypi: "importlib-metadata" },
  importlib_metadata: { pypi: "importlib-metadata" },
  "matplotlib-base": { pypi: "matplotlib" },
  nccl: { dropped: CUDA_RUNTIME },
  "py-xgboost": { pypi: "xgboost" },
  "py-xgboost-cpu": { pypi: "xgboost" },
  "pyarrow-core": { pypi: "pyarrow" },
  python_abi: { dropped: "it only chooses among conda's builds" },
  pytables: { pypi: "tables" },
  pytorch: { pypi: "torch" },
  "pytorch-cuda": { dropped: CUDA_RUNTIME },
  "pytorch-gpu": { pypi: "torch" },
  "ruamel.yaml": { pypi: "ruamel.yaml" },
  "tensorflow-base": { pypi: "tensorflow" },
  "tensorflow-gpu": { pypi: "tensorflow" },
  "xgboost-gpu": { pypi: "xgboost" },
};

/**
 * The known PyPI counterparts of conda packages. Maintained by hand: we never guess, because the same name may be a
 * different package on PyPI.
 */
export const CONDA_COUNTERPARTS: ReadonlyMap<string, CondaCounterpart> = new Map([
  ...words(SAME_NAME).map((name): [string, CondaCounterpart] => [name, { pypi: name }]),
  ...words(RAPIDS).map((name): [string, CondaCounterpart] => [
    name,
    { pypi: `${name}-cu12`, since: RAPIDS_SINCE },
  ]),
  ...Object.entries(OTHERS),
]);

/** Finds what pip can install in place of each package of a conda file. */
export function mapCondaPackages({ packages }: CondaDefinition): readonly MappedPackage[] {
  return packages.map((each) => mapPackage(each, CONDA_COUNTERPARTS.get(each.name)));
}

function mapPackage(
  { text: asked, constraints }: CondaPackage,
  counterpart: CondaCounterpart | undefined,
): MappedPackage {
  if (counterpart === undefined) return { asked, outcome: "missing", reason: "no known equivalent on PyPI" };
  if ("dropped" in counterpart) return { asked, outcome: "dropped", reason: counterpart.dropped };
  const { pypi, since } = counterpart;
  if (constraints === undefined) {
    const reason = "pip cannot express its version; using any version";
    return { asked, outcome: "changed", requirement: pypi, reason };
  }
  if (since !== undefined && !reaches(constraints, since)) {
    const reason = `PyPI has ${pypi} only since ${since}, but ${shownConstraints(constraints)} is older; using any version`;
    return { asked, outcome: "changed", requirement: pypi, reason };
  }
  return { asked, outcome: "mapped", requirement: toRequirement(pypi, constraints) };
}

/** Whether the constraints allow a version at or after `since`. */
function reaches(constraints: readonly VersionConstraint[], since: string): boolean {
  return constraints.every(({ operator, version }) => {
    if (operator === ">=" || operator === ">" || operator === "!=") return true;
    if (operator === "=" || operator === "~=")
      return compareVersions(version, since) >= 0 || allowsVersion([{ operator, version }], since);
    return compareVersions(version, since) >= 0;
  });
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
