"""The benchmark suite: ``python -m benchmarks`` measures sklinear_gd beside its peers."""

import sys
from pathlib import Path

# The installed package is measured, not the folder beside this one: it has the compiled kernels.
ROOT = Path(__file__).resolve().parent.parent
for entry in [entry for entry in sys.path if Path(entry or ".").resolve() == ROOT]:
    sys.path.remove(entry)
    sys.path.append(str(ROOT))
