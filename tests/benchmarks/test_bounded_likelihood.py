"""The catalogue study of bounded maximum likelihood: what it compares, and what bounds do at the smallest sizes."""

import numpy as np
import pytest

from benchmarks.run.estimating import Fitting
from benchmarks.study import study
from estimators.base import Estimates, Status

DATA_SETS = 40


def fits(place: int, *methods: str) -> list[Estimates]:
    """Fits of the first data sets of a cell, by its place in the study."""
    loaded = study.load("bounded-likelihood")
    cell = loaded.cells[place]
    own = loaded.at(cell)
    batch = cell.draw_block(loaded.address(cell), 0, DATA_SETS)
    by_name = {method.name: method for method in own.methods}
    return [Fitting().fit(own, by_name[name], batch) for name in methods]


def test_the_study_goes_from_20_to_72_with_good_and_with_weak_items() -> None:
    loaded = study.load("bounded-likelihood")
    assert [cell.n for cell in loaded.cells] == [20, 30, 40, 50, 72] * 2
    bounds = [method.settings.get("bounds", "") for method in loaded.methods if method.settings["estimator"] == "ml"]
    assert bounds == ["", "standard", "pos.var", "wide"]
    assert {"sam", "plsc", "pls", "sumscores"} < {method.name for method in loaded.methods}


@pytest.mark.acceptance
def test_a_proper_solution_is_the_one_within_bounds_and_most_improper_ones_get_one() -> None:
    # loadings of 0.5, n = 30
    free, bounded, standard = fits(6, "ml", "ml-pos-var", "ml-standard")
    proper = free.status == Status.OK
    assert 0.1 < proper.mean() < 0.5
    # Tolerances of the two searches, each in its own units.
    assert np.abs(bounded.value[proper] - free.value[proper]).max() < 1e-5
    assert (bounded.status == Status.OK)[proper].all()
    assert (standard.status == Status.OK).mean() > 0.7
