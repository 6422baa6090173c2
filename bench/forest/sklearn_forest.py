"""Fits and predicts once with scikit-learn on the split in the folder of the first argument; prints one line of JSON."""

import json
import pathlib
import resource
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

folder, seed, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


def read_table(name):
    about = json.loads((folder / f"{name}.json").read_text())
    values = np.fromfile(folder / f"{name}.f32", dtype=np.float32).reshape(len(about["columns"]), about["rows"])
    return np.ascontiguousarray(values[1:].T), values[0].astype(np.int32)


train, train_labels = read_table("train")
test, test_labels = read_table("test")
model = RandomForestClassifier(
    n_estimators=100, max_depth=12, max_features=0.5, bootstrap=True, n_jobs=threads, random_state=seed
)
fit_start = time.perf_counter()
model.fit(train, train_labels)
predict_start = time.perf_counter()
scores = model.predict_proba(test)[:, 1]
predict_end = time.perf_counter()
print(
    json.dumps(
        {
            "fitSeconds": predict_start - fit_start,
            "predictSeconds": predict_end - predict_start,
            "accuracy": float(((scores > 0.5) == test_labels).mean()),
            "auc": float(roc_auc_score(test_labels, scores)),
            "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
