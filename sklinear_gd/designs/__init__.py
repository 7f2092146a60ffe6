"""The only code that touches X. A new kind of data is one design and one line in ``DESIGNS``."""

from scipy import sparse

from sklinear_gd._namespaces import is_foreign
from sklinear_gd.designs.array_api import ArrayApiDesign
from sklinear_gd.designs.base import Block, Design
from sklinear_gd.designs.blocks import BlocksDesign, Parts, block_seed
from sklinear_gd.designs.conversion import as_csr
from sklinear_gd.designs.csr import CsrDesign
from sklinear_gd.designs.dense import DenseDesign
from sklinear_gd.designs.structure import check_structure

# The first design whose test says yes takes the matrix.
DESIGNS = [
    (lambda X: isinstance(X, Parts), BlocksDesign),
    (sparse.issparse, CsrDesign),
    (is_foreign, ArrayApiDesign),
    (lambda X: True, DenseDesign),
]


def as_design(X):
    """The design of a validated matrix, float32 or float64.

    That is a C-contiguous array, a CSR matrix, an array of another library, or parts.
    """
    return next(design(X) for accepts, design in DESIGNS if accepts(X))


__all__ = [
    "DESIGNS",
    "ArrayApiDesign",
    "Block",
    "BlocksDesign",
    "CsrDesign",
    "DenseDesign",
    "Design",
    "Parts",
    "as_csr",
    "as_design",
    "block_seed",
    "check_structure",
]
