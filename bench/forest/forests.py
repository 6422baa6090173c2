"""Fits and predicts once with another library's forest on the split in a folder; prints one line of JSON.

Arguments: folder, seed, threads, and the contender's name as in CONTENDERS.
"""

import json
import os
import pathlib
import re
import resource
import sys
import time

folder, seed, threads, name = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
for variable in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(threads)

import numpy as np  # noqa: E402, the libraries above read their thread counts when they load

SETTING_A = {"n_estimators": 100, "max_depth": 12}


def read_table(part):
    about = json.loads((folder / f"{part}.json").read_text())
    values = np.fromfile(folder / f"{part}.f32", dtype=np.float32).reshape(len(about["columns"]), about["rows"])
    return np.ascontiguousarray(values[1:].T), values[0].astype(np.int32)


def scikit_learn():
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(**SETTING_A, max_features=0.5, n_jobs=threads, random_state=seed)


def scikit_learn_intelex():
    from sklearnex.ensemble import RandomForestClassifier

    return RandomForestClassifier(**SETTING_A, max_features=0.5, n_jobs=threads, random_state=seed)


def xgboost():
    from xgboost import XGBRFClassifier

    sampling = {"subsample": 0.632, "colsample_bynode": 0.5}
    return XGBRFClassifier(**SETTING_A, **sampling, tree_method="hist", n_jobs=threads, random_state=seed)


class Ydf:
    def fit(self, table, labels):
        import ydf

        learner = ydf.RandomForestLearner(
            label="label",
            num_trees=100,
            max_depth=12,
            num_candidate_attributes_ratio=0.5,
            winner_take_all=False,
            compute_oob_performances=False,
            num_threads=threads,
            random_seed=seed,
        )
        self.model = learner.train(self.columns(table) | {"label": labels}, verbose=0)

    def predict_proba(self, table):
        ones = self.model.predict(self.columns(table), num_threads=threads)
        return np.stack([1 - ones, ones], axis=1)

    def columns(self, table):
        return {f"f{i}": table[:, i] for i in range(table.shape[1])}


def fastforest(**options):
    from fastforest import FastForestClassifier

    return FastForestClassifier(**options, seed=seed)


CONTENDERS = {
    "scikit-learn": scikit_learn,
    "scikit-learn-intelex": scikit_learn_intelex,
    "xgboost": xgboost,
    "ydf": Ydf,
    "fastforest-10": lambda: fastforest(n_trees=10),
    "fastforest": fastforest,
    "fastforest-100": lambda: fastforest(n_trees=100),
}


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


train, train_labels = read_table("train")
test, test_labels = read_table("test")
model = CONTENDERS[name]()
cpu_start, fit_start = cpu_seconds(), time.perf_counter()
model.fit(train, train_labels)
predict_start, cpu_end = time.perf_counter(), cpu_seconds()
scores = np.asarray(model.predict_proba(test))[:, 1]
predict_end = time.perf_counter()
# Of this program alone; getrusage also counts its parent process.
peak_kib = int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1])

from sklearn.metrics import roc_auc_score  # noqa: E402, after reading the peak memory

print(
    json.dumps(
        {
            "fitSeconds": predict_start - fit_start,
            "cpuSeconds": cpu_end - cpu_start,
            "predictSeconds": predict_end - predict_start,
            "accuracy": float(((scores > 0.5) == test_labels).mean()),
            "auc": float(roc_auc_score(test_labels, scores)),
            "peakMib": peak_kib / 1024,
        }
    )
)
