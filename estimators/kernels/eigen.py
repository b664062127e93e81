"""Eigenvectors of small symmetric matrices, one after another of one size: LAPACK, with room that is made once.

`np.linalg.eigh` in compiled code makes its room anew, asks LAPACK how much that is and looks for infinite numbers at
every call, which takes as long as the eigenvectors of ten items do. LAPACK's routine is the same, and so is every bit.
"""

import numpy as np
from llvmlite import binding
from numba.core import types
from numba.extending import get_cython_function_address
from numpy.typing import NDArray

from sim.batch import Floats
from sim.kernels.loops import by_reference, part

# the name by which compiled loops, those kept on disk too, find SciPy's LAPACK
binding.add_symbol("loadstone_dsyevd", get_cython_function_address("scipy.linalg.cython_lapack", "dsyevd"))
_BYTE, _INT, _DOUBLE = types.CPointer(types.uint8), types.CPointer(types.int32), types.CPointer(types.float64)  # type: ignore[attr-defined]
_dsyevd = types.ExternalFunction(
    "loadstone_dsyevd",
    types.void(_BYTE, _BYTE, _INT, _DOUBLE, _INT, _DOUBLE, _DOUBLE, _INT, _INT, _INT, _INT),
)


@by_reference
class Room:
    """What LAPACK needs for matrices of one size p, and what it gives: values (p,), lowest first, and vectors (p, p).

    vectors: the matrix when it is handed over, an eigenvector a row when it comes back.
    """

    vectors: Floats
    values: Floats
    words: NDArray[np.uint8]
    numbers: NDArray[np.int32]
    work: Floats
    more: NDArray[np.int32]


@part
def room(p):
    """Room for matrices (p, p)."""
    words = np.array([ord("V"), ord("L")], dtype=np.uint8)
    numbers = np.array([p, -1, -1, 0], dtype=np.int32)  # their size; how long `work` and `more` are; what went wrong
    made = Room(np.empty((p, p)), np.empty(p), words, numbers, np.empty(1), np.empty(1, dtype=np.int32))
    decompose(made)  # asked for -1, LAPACK tells how long they should be
    numbers[1], numbers[2] = int(made.work[0]), made.more[0]
    return Room(made.vectors, made.values, words, numbers, np.empty(numbers[1]), np.empty(numbers[2], dtype=np.int32))


@part
def decompose(room):
    """Eigenvalues and vectors of the symmetric matrix in `room.vectors`, in place."""
    words, numbers = room.words, room.numbers
    _dsyevd(
        words.ctypes, words[1:].ctypes, numbers.ctypes, room.vectors.ctypes, numbers.ctypes, room.values.ctypes,
        room.work.ctypes, numbers[1:].ctypes, room.more.ctypes, numbers[2:].ctypes, numbers[3:].ctypes,
    )  # fmt: skip
