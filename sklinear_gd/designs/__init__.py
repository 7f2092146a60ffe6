"""The only code that touches X. A new kind of data is one design and one line in ``DESIGNS``."""

from scipy import sparse

from sklinear_gd.designs.base import Block, Design
from sklinear_gd.designs.blocks import BlocksDesign, Parts, block_seed
from sklinear_gd.designs.csr import CsrDesign
from sklinear_gd.designs.dense import DenseDesign
from sklinear_gd.designs.structure import check_structure

# The first design whose test says yes takes the matrix.
DESIGNS = [
    (lambda X: isinstance(X, Parts), BlocksDesign),
    (sparse.issparse, CsrDesign),
    (lambda X: True, DenseDesign),
]


def as_design(X):
    """The design of a validated matrix: C-contiguous array, CSR or parts, float32 or float64."""
    return next(design(X) for accepts, design in DESIGNS if accepts(X))


__all__ = [
    "DESIGNS",
    "Block",
    "BlocksDesign",
    "CsrDesign",
    "DenseDesign",
    "Design",
    "Parts",
    "as_design",
    "block_seed",
    "check_structure",
]
