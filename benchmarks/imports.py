"""A child process: seconds that ``import sklinear_gd`` takes once scikit-learn is there."""

import json
import sys
import time

import sklearn  # noqa: F401, it must come first

import benchmarks  # noqa: F401, so that the installed package is found

before = len(sys.modules)
start = time.perf_counter()
import sklinear_gd  # noqa: E402, F401

seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "modules": len(sys.modules) - before}))
