"""Fits the rivals of the predict benchmark and times their predictions on the split that split-files.ts wrote.

rivals.py fit FOLDER [NAME...]    fits every rival once, setting A, and keeps the models in FOLDER
rivals.py predict FOLDER NAME N   times one rival with N threads; prints one line of JSON
"""

import json
import os
import pathlib
import resource
import statistics
import sys
import time

REPEATS = 7  # The median counts; the first call also pays for warming up and is left out.
ROW_CALLS = 300

command, folder = sys.argv[1], pathlib.Path(sys.argv[2])
if command == "predict":
    for name in ("OMP_NUM_THREADS", "TREELITE_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = sys.argv[4]

import joblib  # noqa: E402  After the thread counts, which native libraries read when they are loaded.
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
    """C code of 400,000 nodes in many files, since the compiler takes ten minutes for them in one."""
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
    return lambda rows: forest.predict(tl2cgen.DMatrix(rows)).reshape(len(rows), -1)[:, -1]


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


def predict(name, threads):
    from sklearn.metrics import roc_auc_score

    rows, labels = read_table("test")
    run = RIVALS[name](threads)
    scores = run(rows)
    one = rows[:1].copy()
    run(one)
    times = [seconds_of(lambda: run(rows)) for _ in range(REPEATS)]
    row_times = [seconds_of(lambda: run(one)) for _ in range(ROW_CALLS)]
    return {
        "seconds": statistics.median(times),
        "rowMicros": statistics.median(row_times) * 1e6,
        "auc": float(roc_auc_score(labels, scores)),
        "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if command == "fit":
    for fit in FITS:
        if len(sys.argv) == 3 or fit.__name__ in sys.argv[3:]:
            fit()
else:
    print(json.dumps(predict(sys.argv[3], int(sys.argv[4]))))
