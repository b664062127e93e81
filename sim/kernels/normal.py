"""Standard normals from SFC64, compiled: NumPy's own numbers, bit for bit, at less than half of NumPy's price for each.

Doty-Humphrey's generator and Marsaglia & Tsang's (2000) ziggurat; ziggurat.csv has the tables of NumPy's 256 layers.
"""

import csv
from pathlib import Path

import numpy as np
from numba import njit


def _tables():
    """Acceptance bounds, widths of the layers over 2^52 and densities at their edges (256,) each."""
    with Path(__file__).with_name("ziggurat.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return (
        np.array([int(row["acceptance"]) for row in rows], dtype=np.uint64),
        np.array([float.fromhex(row["width"]) for row in rows]),
        np.array([float.fromhex(row["density"]) for row in rows]),
    )


ACCEPTANCE, WIDTH, DENSITY = _tables()
#: Where the tail begins, and one over it.
TAIL, OVER_TAIL = 3.6541528853610088, 0.27366123732975828
_BYTE, _MANTISSA, _ONE = np.uint64(0xFF), np.uint64(0x000FFFFFFFFFFFFF), np.uint64(1)
_TO_UNIT = 1.0 / 9007199254740992.0
_3, _8, _11, _24, _40 = np.uint64(3), np.uint64(8), np.uint64(11), np.uint64(24), np.uint64(40)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _advance(a, b, c, counter):
    """The next 64 bits and the state after them."""
    bits = a + b + counter
    return bits, b ^ (b >> _11), c + (c << _3), ((c << _24) | (c >> _40)) + bits, counter + _ONE


@njit(cache=True, nogil=True, error_model="numpy")
def fill_normals(state, acceptance, width, density, out):
    """Fill `out` with standard normals and carry `state` (4,) of the generator on."""
    a, b, c, counter = state[0], state[1], state[2], state[3]
    for i in range(len(out)):
        while True:
            bits, a, b, c, counter = _advance(a, b, c, counter)
            layer = bits & _BYTE
            sign = (bits >> _8) & _ONE
            position = (bits >> np.uint64(9)) & _MANTISSA
            # A factor, where a branch on a coin toss would be mispredicted half the time.
            x = np.float64(np.int64(position)) * width[layer] * (1.0 - 2.0 * np.float64(np.int64(sign)))
            if position < acceptance[layer]:
                break
            if layer == 0:
                distance = 0.0
                while True:
                    bits, a, b, c, counter = _advance(a, b, c, counter)
                    distance = -OVER_TAIL * np.log1p(-np.float64(np.int64(bits >> _11)) * _TO_UNIT)
                    bits, a, b, c, counter = _advance(a, b, c, counter)
                    height = -np.log1p(-np.float64(np.int64(bits >> _11)) * _TO_UNIT)
                    if height + height > distance * distance:
                        break
                x = -(TAIL + distance) if (position >> _8) & _ONE else TAIL + distance
                break
            bits, a, b, c, counter = _advance(a, b, c, counter)
            share = np.float64(np.int64(bits >> _11)) * _TO_UNIT
            if (density[layer - _ONE] - density[layer]) * share + density[layer] < np.exp(-0.5 * x * x):
                break
        out[i] = x
    state[0], state[1], state[2], state[3] = a, b, c, counter
