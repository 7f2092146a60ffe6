"""Rows that lie in blocks on other machines: Dask arrays and data frames. Optional.

Only this part of the package imports Dask, and only once a user has passed a Dask collection.
"""

from sklinear_gd.distributed.blocks import Blocks
from sklinear_gd.distributed.collections import apply, is_collection, to_blocks

__all__ = ["Blocks", "apply", "is_collection", "to_blocks"]
