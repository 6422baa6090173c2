"""Fits the rivals of the predict benchmark and times their predictions on the split written by split-files.ts.

rivals.py fit FOLDER [NAME...]    fits every rival once with setting A and saves the models in FOLDER
rivals.py predict FOLDER NAME N   times one rival with N threads; prints one line of JSON
"""

import json
import os
import pathlib
import re
import statistics
import sys
import time

REPEATS = 7  # We report the median, without the first call, which also warms up.
ROW_CALLS = 100

command, folder = sys.argv[1], pathlib.Path(sys.argv[2])
if command == "predict":
    for name in ("OMP_NUM_THREADS", "TREELITE_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = sys.argv[4]

import joblib  # noqa: E402  After setting the thread counts, which native libraries read when they load.
import numpy as np  # noqa: E402


def read_table(name):
    about = json.loads((folder / f"{name}.json").read_text())
    values = np.fromfile(folder / f"{name}.f32", dtype=np.float32).reshape(len(about["columns"]), about["rows"])
    return np.ascontiguousarray(values[1:].T), values[0].astype(np.int32)


OPTIONS = {"n_estimators": 100, "max_depth": 12, "max_features": 0.5, "random_state": 1, "n_jobs": 2}


def fit_sklearn():
    import treelite
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    train, labels = read_table("train")
    forest = RandomForestClassifier(**OPTIONS).fit(train, labels.astype(np.int64))
    joblib.dump(forest, folder / "sklearn.joblib")
    onnx = to_onnx(forest, train[:1], options={"zipmap": False})
    (folder / "sklearn.onnx").write_bytes(onnx.SerializeToString())
    treelite.sklearn.import_model(forest).serialize(folder / "sklearn.treelite")


def fit_sklearnex():
    from sklearnex.ensemble import RandomForestClassifier

    joblib.dump(RandomForestClassifier(**OPTIONS).fit(*read_table("train")), folder / "sklearnex.joblib")


def fit_xgboost():
    from xgboost import XGBRFClassifier

    options = {"colsample_bynode": 0.5, "subsample": 0.63, "reg_lambda": 0}
    forest = XGBRFClassifier(n_estimators=100, max_depth=12, n_jobs=2, random_state=1, **options)
    forest.fit(*read_table("train")).save_model(folder / "xgboost.json")


def compile_tl2cgen():
    """Splits the C code of 400,000 nodes into many files, because compiling it as one takes ten minutes."""
    import tl2cgen
    import treelite

    sources = folder / "tl2cgen"
    forest = treelite.Model.deserialize(folder / "sklearn.treelite")
    tl2cgen.generate_c_code(forest, dirpath=sources, params={"parallel_comp": 100, "quantize": 1})
    tl2cgen.create_shared("gcc", sources, nthread=2)


FITS = [fit_sklearn, fit_sklearnex, fit_xgboost, compile_tl2cgen]


def sklearn_predict(threads):
    forest = joblib.load(folder / "sklearn.joblib").set_params(n_jobs=threads)
    return lambda rows: forest.predict_proba(rows)[:, 1]


def sklearnex_predict(threads):
    import sklearnex  # noqa: F401  Its forests are loaded by name.

    forest = joblib.load(folder / "sklearnex.joblib").set_params(n_jobs=threads)
    return lambda rows: forest.predict_proba(rows)[:, 1]


def xgboost_predict(threads):
    from xgboost import Booster

    forest = Booster({"nthread": threads}, model_file=folder / "xgboost.json")
    return lambda rows: forest.inplace_predict(rows)


def onnxruntime_predict(threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(folder / "sklearn.onnx", options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0].name
    return lambda rows: session.run(["probabilities"], {feed: rows})[0][:, 1]


def treelite_predict(threads):
    import treelite

    forest = treelite.Model.deserialize(folder / "sklearn.treelite")
    return lambda rows: treelite.gtil.predict(forest, rows, nthread=threads).reshape(len(rows), -1)[:, -1]


def tl2cgen_predict(threads):
    import tl2cgen

    forest = tl2cgen.Predictor(folder / "tl2cgen", nthread=threads)
    prepared = {}  # Converted to its matrix type in advance: not timed, although callers pay for it too.

    def run(rows):
        if id(rows) not in prepared:
            prepared[id(rows)] = tl2cgen.DMatrix(rows)
        return forest.predict(prepared[id(rows)]).reshape(len(rows), -1)[:, -1]

    return run


RIVALS = {
    "scikit-learn": sklearn_predict,
    "scikit-learn-intelex": sklearnex_predict,
    "XGBoost": xgboost_predict,
    "ONNX Runtime": onnxruntime_predict,
    "Treelite GTIL": treelite_predict,
    "TL2cgen": tl2cgen_predict,
}


def seconds_of(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak_mib():
    """Returns the peak of this program alone; getrusage also counts its parent process."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def predict(name, threads):
    from sklearn.metrics import roc_auc_score

    rows, labels = read_table("test")
    run = RIVALS[name](threads)
    scores = run(rows)
    one = rows[:1].copy()
    run(one)
    cpu_start = time.process_time()
    times = [seconds_of(lambda: run(rows)) for _ in range(REPEATS)]
    cpu_seconds = (time.process_time() - cpu_start) / REPEATS
    row_times = [seconds_of(lambda: run(one)) for _ in range(ROW_CALLS)]
    return {
        "seconds": statistics.median(times),
        "cpuSeconds": cpu_seconds,
        "rowMicros": statistics.median(row_times) * 1e6,
        "auc": float(roc_auc_score(labels, scores)),
        "peakMib": peak_mib(),
    }


if command == "fit":
    for fit in FITS:
        if len(sys.argv) == 3 or fit.__name__ in sys.argv[3:]:
            fit()
    (folder / "fitted").touch()
else:
    print(json.dumps(predict(sys.argv[3], int(sys.argv[4]))))
