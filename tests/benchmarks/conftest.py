"""The suite lies beside the package, not in it: its folder must be on the path, behind all else."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
