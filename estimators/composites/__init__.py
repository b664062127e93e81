"""Methods that weight items into composites: PLS and its relatives, GSCA, sums, components.

`CompositeArrays` is what an author's own composite method gives back (docs/own-estimators.md).
"""

from estimators.composites.composite import CompositeArrays

__all__ = ["CompositeArrays"]
