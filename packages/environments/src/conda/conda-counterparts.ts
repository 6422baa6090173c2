/** What stands on PyPI for a conda package. */
export type CondaCounterpart =
  | {
      /** The package's name on PyPI, with extras if it needs some. */
      readonly pypi: string;
      /** The first version that PyPI has under that name; absent: all that conda has. */
      readonly since?: string;
    }
  /** Not needed without conda, for this reason. */
  | { readonly dropped: string };

/** Packages whose name and versions are the same on PyPI as on conda-forge. */
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

/** RAPIDS publishes its wheels by the CUDA version that they bring; before these versions it had none. */
const RAPIDS_SINCE = "23.6";
const RAPIDS = `cudf cuml cugraph rmm dask-cudf cuxfilter pylibraft raft-dask`;

const CUDA_RUNTIME = "the wheels bring their own CUDA runtime";
const COMPILER = "wheels are compiled already";

/** Packages of another name, and what pip does without. */
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
 * The counterpart on PyPI of each conda package that is known to have one. Kept by hand: a name that is not here may be
 * a different package on PyPI, so it is not guessed.
 */
export const CONDA_COUNTERPARTS: ReadonlyMap<string, CondaCounterpart> = new Map([
  ...words(SAME_NAME).map((name): [string, CondaCounterpart] => [name, { pypi: name }]),
  ...words(RAPIDS).map((name): [string, CondaCounterpart] => [
    name,
    { pypi: `${name}-cu12`, since: RAPIDS_SINCE },
  ]),
  ...Object.entries(OTHERS),
]);

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
