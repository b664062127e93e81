"""Standard normals from SFC64, compiled: NumPy's own numbers, bit for bit, at less than half of NumPy's price for each.

Doty-Humphrey's generator and Marsaglia & Tsang's (2000) ziggurat; ziggurat.csv has the tables of NumPy's 256 layers.
"""

import csv
from pathlib import Path

import numpy as np

from sim.kernels.loops import compiled, inlined


def _tables():
    """By layer and sign, the nine lowest bits (512,): acceptance bounds, signed widths over 2^52; densities (256,)."""
    with Path(__file__).with_name("ziggurat.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    width = np.array([float.fromhex(row["width"]) for row in rows])
    return (
        np.tile(np.array([int(row["acceptance"]) for row in rows], dtype=np.int64), 2),
        np.concatenate([width, -width]),
        np.array([float.fromhex(row["density"]) for row in rows]),
    )


ACCEPTANCE, WIDTH, DENSITY = _tables()
#: Where the tail begins, and one over it.
TAIL, OVER_TAIL = 3.6541528853610088, 0.27366123732975828
_LAYER, _LAYER_AND_SIGN = np.uint64(0xFF), np.uint64(0x1FF)
_MANTISSA, _ONE = np.uint64(0x000FFFFFFFFFFFFF), np.uint64(1)
_TO_UNIT = 1.0 / 9007199254740992.0
_3, _8, _9, _11, _24, _40 = (np.uint64(shift) for shift in (3, 8, 9, 11, 24, 40))


@inlined
def _advance(a, b, c, counter):
    """The next 64 bits and the state after them."""
    bits = a + b + counter
    return bits, b ^ (b >> _11), c + (c << _3), ((c << _24) | (c >> _40)) + bits, counter + _ONE


@inlined
def _placed(bits, width):
    """Layer with sign, position within the layer, and the normal where the position is accepted."""
    layer = np.int64(bits & _LAYER_AND_SIGN)
    position = np.int64((bits >> _9) & _MANTISSA)
    return layer, position, np.float64(position) * width[layer]


# Compiled apart, so that it stays out of the way of the loop that seldom calls it.
@compiled
def _beyond(bits, x, density, a, b, c, counter):
    """What becomes of a normal outside its layer: whether it is accepted all the same, itself, and the state."""
    layer = np.int64(bits & _LAYER)
    if layer > 0:
        bits, a, b, c, counter = _advance(a, b, c, counter)
        height = (density[layer - 1] - density[layer]) * _to_unit(bits) + density[layer]
        return height < np.exp(-0.5 * x * x), x, a, b, c, counter
    negative = (bits >> _9 >> _8) & _ONE
    while True:
        bits, a, b, c, counter = _advance(a, b, c, counter)
        distance = -OVER_TAIL * np.log1p(-_to_unit(bits))
        bits, a, b, c, counter = _advance(a, b, c, counter)
        height = -np.log1p(-_to_unit(bits))
        if height + height > distance * distance:
            return True, -(TAIL + distance) if negative else TAIL + distance, a, b, c, counter


@inlined
def _to_unit(bits):
    """A number from 0 to 1."""
    return np.float64(np.int64(bits >> _11)) * _TO_UNIT


@inlined
def fill_normals(state, acceptance, width, density, out):
    """Fill `out` (k, n) with standard normals, column by column, and carry `state` (4,) of the generator on."""
    a, b, c, counter = state[0], state[1], state[2], state[3]
    rows, columns = out.shape
    for s in range(columns):
        for j in range(rows):
            bits, a, b, c, counter = _advance(a, b, c, counter)
            layer, position, x = _placed(bits, width)
            while position >= acceptance[layer]:
                accepted, x, a, b, c, counter = _beyond(bits, x, density, a, b, c, counter)
                if accepted:
                    break
                bits, a, b, c, counter = _advance(a, b, c, counter)
                layer, position, x = _placed(bits, width)
            out[j, s] = x
    state[0], state[1], state[2], state[3] = a, b, c, counter
