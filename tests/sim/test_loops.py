"""What only loops call: the same numbers from Python and from a loop, one translation, nothing kept of its own."""

import gc

import numpy as np
import pytest
from numba import njit
from numba.core import event
from numba.core.errors import TypingError

from sim.kernels.loops import by_reference, compiled, part


@by_reference
class Pair:
    """Two arrays."""

    first: np.ndarray
    second: np.ndarray


@part
def scaled_sum(values, start, factor):
    """The sum of factor x values from `start` on."""
    total = 0.0
    for i in range(start, len(values)):
        total += factor * values[i]
    return total


@part
def exchange(pair):
    for i in range(len(pair.first)):
        pair.first[i], pair.second[i] = pair.second[i], pair.first[i]


@njit
def from_a_loop(values, start):
    return scaled_sum(values, start, 0.1) + scaled_sum(values, 0, 0.1)


@compiled
def exchanged(first, second):
    exchange(Pair(first, second))
    return first


@compiled
def given(pair):
    return pair.first[0]


VALUES = np.random.default_rng(0).normal(size=50)


def test_a_part_gives_the_same_bits_from_python_and_from_a_loop():
    plain = scaled_sum.py_func(VALUES, 7, 0.1) + scaled_sum.py_func(VALUES, 0, 0.1)
    assert from_a_loop(VALUES, 7) == plain
    assert scaled_sum(VALUES, 7, 0.1) + scaled_sum(VALUES, 0, 0.1) == plain


def test_a_part_is_translated_once_and_has_no_machine_code_of_its_own():
    from_a_loop(VALUES, 3)
    assert len(scaled_sum.overloads) == 1  # although one of its calls starts at a number known when compiling
    assert all(each.entry_point is None for each in scaled_sum.overloads.values())
    assert scaled_sum.stats.cache_path is None


def test_what_numba_compiles_of_its_own_serves_loops_and_parts_alike_without_searches_for_garbage():
    @part
    def zeros_of_a_part(k):
        return np.zeros((k, k, k, k), np.float32)

    @compiled
    def zeros_of_both(k):
        return zeros_of_a_part(k), np.zeros((k, k, k, k), np.float32)

    def searches():
        return sum(each["collections"] for each in gc.get_stats())

    before = searches()
    with event.install_recorder("numba:compile") as record:
        first, second = zeros_of_both(2)
    assert searches() - before < 10  # 29 if nothing held them back
    begun = [each.data["dispatcher"].py_func for _, each in record.buffer if each.is_start]
    assert sum(function.__qualname__.startswith("ol_np_zeros") for function in begun) <= 1
    assert first.shape == second.shape == (2, 2, 2, 2)


def test_searches_for_garbage_go_on_after_a_loop_was_compiled_or_could_not_be():
    with pytest.raises(TypingError):
        given(Pair())
    assert gc.isenabled()
    gc.disable()
    try:
        with pytest.raises(TypingError):
            given("neither")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_arrays_by_reference_are_the_caller_s():
    first, second = np.arange(3.0), np.arange(3.0, 6.0)
    exchanged(first, second)
    np.testing.assert_array_equal(first, [3.0, 4.0, 5.0])
    np.testing.assert_array_equal(second, [0.0, 1.0, 2.0])


def test_arrays_by_reference_exist_in_compiled_code_alone():
    with pytest.raises(TypingError):
        given(Pair())
