"""Names for annotations."""

from typing import Any, TypeAlias

# Of NumPy, or of another array library where a formula takes its namespace.
Array: TypeAlias = Any
