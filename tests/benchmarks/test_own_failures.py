"""What `fit` says of one's own survey that a method cannot estimate: the cause, and what to write."""

import numpy as np
import pandas as pd
import pytest

import loadstone as ls
from sim.errors import InputError

ITEMS = [f"x{k}" for k in range(1, 7)]
MODEL = "F =~ x1 + x2 + x3\nG =~ x4 + x5 + x6\n"


def told(n, model=MODEL, method="ml", seed=1, related=0.5):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 2)) @ np.array([[1.0, 0.4], [0.0, 0.9]])
    answers = related * np.repeat(factors, 3, axis=1) + rng.normal(size=(n, 6))
    with pytest.raises(InputError) as caught:
        ls.fit_survey(pd.DataFrame(answers, columns=ITEMS), model, methods=[method])
    return str(caught.value)


def test_a_construct_without_a_unit_is_told_where_to_get_one():
    message = told(100, MODEL.replace("x1", "NA*x1"), related=1.0)
    assert "F has no unit: fix a loading (`F =~ 1*x1`) or the variance (`F ~~ 1*F`)" in message


def test_bounds_are_named_where_a_search_runs_off_and_only_methods_that_weigh_by_all_moments_are_told_of_them():
    message = told(16, related=0.1, seed=3)
    assert "add [bounds=pos.var] to the method" in message
    assert "adf and wls" not in message
    assert "need more respondents than these 21" in told(20, method="adf", related=1.0)
