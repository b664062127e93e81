"""Speed of tests of whole models and of groups on one core: 19 items, n = 72. Run by `make speed`."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.speed.test_stages import MODEL, fresh, timed
from estimators.composites.implied import OF_FIT
from estimators.methods import build
from sim.targets import GROUP_DISTANCES, Target

#: A method with its test, what is asked of it, and how many resamples or permutations a data set takes.
TESTS = {
    "pls-fit-test": ("pls", {"fit_test": 500}, [Target(kind, ()) for kind in OF_FIT], 1000),
    "plsc-fit-test": ("plsc", {"fit_test": 500}, [Target(kind, ()) for kind in OF_FIT], 1000),
    "pls-micom": (
        "pls",
        {"group_test": "permutation", "permutations": 500},
        [Target(kind, (MODEL.constructs[0],)) for kind in ("micom_c", "micom_mean", "micom_variance")],
        500,
    ),
    "pls-group-distances": (
        "pls",
        {"group_test": "permutation", "permutations": 500},
        [Target(kind, ()) for kind in GROUP_DISTANCES],
        500,
    ),
    "pls-differences-by-permutation": (
        "pls",
        {"group_test": "permutation", "permutations": 500},
        [Target("group_difference", path) for path in MODEL.paths],
        500,
    ),
    "ml-differences-by-permutation": (
        "ml",
        {"group_test": "permutation", "permutations": 100},
        [Target("group_difference", path) for path in MODEL.paths],
        100,
    ),
}


@pytest.mark.parametrize("name", TESTS)
def test_hypothesis(benchmark, name):
    method, settings, asked, draws = TESTS[name]
    estimator = build(method, settings, 0.95).estimator

    def run():
        batch = fresh(4)
        members = np.tile(np.arange(int(batch.n)) % 2, (4, 1))
        estimator.fit(replace(batch, members=members), MODEL, asked)

    timed(benchmark, run, 4 * draws)
